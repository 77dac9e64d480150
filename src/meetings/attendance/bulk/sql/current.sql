-- Returns the stored row for each line. $1: an array of JSON objects with the line's number, its
-- resolved key and its status. $2: the system of the lines' own external ids.
SELECT a.id, a.version, a.status::text AS status, a.attendee_name::text AS attendee_name, a.note::text AS note,
       a.updated_at, k.external_id::text AS external_id, m.register::text AS register,
       are_published(counted_days(m.held_on, m.latest_on)) AS is_published,
       violated.rule AS violated_constraint
FROM jsonb_to_recordset($1) AS i (
    n integer, meeting_id uuid, seat_id uuid, council_id uuid, delegate_ref text, status text)
JOIN meetings m ON m.id = i.meeting_id
LEFT JOIN LATERAL (
    SELECT * FROM attendance seat_line WHERE seat_line.meeting_id = i.meeting_id AND seat_line.seat_id = i.seat_id
    UNION ALL
    SELECT * FROM attendance delegate
    WHERE delegate.meeting_id = i.meeting_id AND delegate.seat_id IS NULL AND i.seat_id IS NULL
      AND delegate.delegate_ref = i.delegate_ref
      AND COALESCE(delegate.council_id, '00000000-0000-0000-0000-000000000000')
          = COALESCE(i.council_id, '00000000-0000-0000-0000-000000000000')
) a ON true
LEFT JOIN attendance_external_ids k ON k.attendance_id = a.id AND k.system = $2
LEFT JOIN LATERAL violated_line_rule(i.meeting_id, i.seat_id, i.council_id, COALESCE(i.status, a.status::text)) violated ON true
ORDER BY i.n
