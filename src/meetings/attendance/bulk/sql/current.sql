-- $1: the rows that lines mean, with line numbers and the lines' statuses; $2: the system of the
-- lines' own keys.
SELECT g.n, a.id, a.version, a.status::text AS status, a.attendee_name::text AS attendee_name, a.note::text AS note,
       a.updated_at, k.external_id::text AS external_id, m.register::text AS register,
       are_published(counted_days(m.held_on, m.latest_on)) AS is_published,
       judged.fault
FROM jsonb_to_recordset($1) AS g (
    n integer, meeting_id uuid, seat_id uuid, council_id uuid, delegate_ref text, says text)
JOIN meetings m ON m.id = g.meeting_id
LEFT JOIN LATERAL (
    SELECT * FROM attendance seated WHERE seated.meeting_id = g.meeting_id AND seated.seat_id = g.seat_id
    UNION ALL
    SELECT * FROM attendance loose
    WHERE loose.meeting_id = g.meeting_id AND loose.seat_id IS NULL AND g.seat_id IS NULL
      AND loose.delegate_ref = g.delegate_ref
      AND COALESCE(loose.council_id, '00000000-0000-0000-0000-000000000000')
          = COALESCE(g.council_id, '00000000-0000-0000-0000-000000000000')
) a ON true
LEFT JOIN attendance_external_ids k ON k.attendance_id = a.id AND k.system = $2
LEFT JOIN LATERAL line_fault(g.meeting_id, g.seat_id, g.council_id, COALESCE(g.says, a.status::text)) judged ON true
