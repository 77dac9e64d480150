SELECT ARRAY['groups', g.code, x.system, x.external_id] AS cells
FROM group_external_ids x JOIN groups g ON g.id = x.group_id
UNION ALL
SELECT ARRAY['seats', concat_ws('/', k.group_code, k.council, k.role, k.ordinal), x.system, x.external_id]
FROM seat_external_ids x JOIN seat_key k ON k.id = x.seat_id
UNION ALL
SELECT ARRAY['meetings', k.part, x.system, x.external_id]
FROM meeting_external_ids x JOIN meeting_key k ON k.id = x.meeting_id WHERE x.system <> 'import'
UNION ALL
SELECT ARRAY['attendance',
             CASE WHEN s.id IS NOT NULL THEN concat_ws('/', k.part, s.council, s.role, s.ordinal)
                  ELSE concat_ws('/', k.part, COALESCE(c.key, '-'),
                                 regexp_replace(a.delegate_ref, '([\\/]| $)', '\\\1', 'g')) END, x.system, x.external_id]
FROM attendance_external_ids x
JOIN attendance a ON a.id = x.attendance_id
JOIN meeting_key k ON k.id = a.meeting_id
LEFT JOIN seat_key s ON s.id = a.seat_id
LEFT JOIN council_key c ON c.id = a.council_id
UNION ALL
SELECT ARRAY['evaluations', concat_ws('/', k.part, e.question), x.system, x.external_id]
FROM evaluation_external_ids x
JOIN evaluations e ON e.id = x.evaluation_id
JOIN meeting_key k ON k.id = e.meeting_id
UNION ALL
SELECT ARRAY['progress', k.part, x.system, x.external_id]
FROM progress_external_ids x JOIN progress_key k ON k.id = x.progress_id WHERE x.system <> 'import'
ORDER BY 1
