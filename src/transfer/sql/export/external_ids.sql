-- The second cell is the row's natural key as a JSON array, which the exporting code joins with
-- `/`.
SELECT ARRAY['groups', jsonb_build_array(g.code)::text, x.system, x.external_id] AS cells
FROM group_external_ids x JOIN groups g ON g.id = x.group_id
UNION ALL
SELECT ARRAY['seats', jsonb_build_array(k.group_code, k.council, k.role, k.ordinal)::text, x.system, x.external_id]
FROM seat_external_ids x JOIN seat_keys k ON k.id = x.seat_id
UNION ALL
SELECT ARRAY['meetings', jsonb_build_array(k.key)::text, x.system, x.external_id]
FROM meeting_external_ids x JOIN meeting_keys k ON k.id = x.meeting_id WHERE x.system <> 'import'
UNION ALL
SELECT ARRAY['attendance',
             CASE WHEN s.id IS NOT NULL THEN jsonb_build_array(k.key, s.council, s.role, s.ordinal)
                  ELSE jsonb_build_array(k.key, COALESCE(c.key, '-'), a.delegate_ref) END::text,
             x.system, x.external_id]
FROM attendance_external_ids x
JOIN attendance a ON a.id = x.attendance_id
JOIN meeting_keys k ON k.id = a.meeting_id
LEFT JOIN seat_keys s ON s.id = a.seat_id
LEFT JOIN council_keys c ON c.id = a.council_id
UNION ALL
SELECT ARRAY['evaluations', jsonb_build_array(k.key, e.question)::text, x.system, x.external_id]
FROM evaluation_external_ids x
JOIN evaluations e ON e.id = x.evaluation_id
JOIN meeting_keys k ON k.id = e.meeting_id
UNION ALL
SELECT ARRAY['progress', jsonb_build_array(k.key)::text, x.system, x.external_id]
FROM progress_external_ids x JOIN progress_keys k ON k.id = x.progress_id WHERE x.system <> 'import'
ORDER BY 1
