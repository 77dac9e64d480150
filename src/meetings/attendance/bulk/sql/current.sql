-- Returns the stored row for each line. $1 to $5: the resolved keys and the statuses of the lines,
-- one array for each column. $6: the system of the lines' own external ids. The rules are checked
-- only for lines that are new, or that begin or cease to be about a visitor. No other change can
-- violate a rule.
WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[])
        WITH ORDINALITY AS i (meeting_id, seat_id, council_id, delegate_ref, status, n)
), named AS MATERIALIZED (
    SELECT m.id, m.register::text AS register, are_published(counted_days(m.held_on, m.latest_on)) AS is_published
    FROM meetings m WHERE m.id IN (SELECT meeting_id FROM input)
)
SELECT a.id, a.version, a.status::text AS status, a.attendee_name::text AS attendee_name, a.note::text AS note,
       a.updated_at, k.external_id::text AS external_id, m.register, m.is_published,
       violated.rule AS violated_constraint
FROM input i
JOIN named m ON m.id = i.meeting_id
LEFT JOIN LATERAL (
    SELECT * FROM attendance seat_line WHERE seat_line.meeting_id = i.meeting_id AND seat_line.seat_id = i.seat_id
    UNION ALL
    SELECT * FROM attendance delegate
    WHERE i.seat_id IS NULL AND delegate.meeting_id = i.meeting_id AND delegate.seat_id IS NULL
      AND delegate.delegate_ref = i.delegate_ref
      AND COALESCE(delegate.council_id, '00000000-0000-0000-0000-000000000000')
          = COALESCE(i.council_id, '00000000-0000-0000-0000-000000000000')
) a ON true
LEFT JOIN attendance_external_ids k ON k.attendance_id = a.id AND k.system = $6
LEFT JOIN LATERAL violated_line_rule(
    CASE WHEN (a.status = 'in_attendance') IS DISTINCT FROM (COALESCE(i.status, a.status::text) = 'in_attendance')
         THEN i.meeting_id END,
    i.seat_id, i.council_id, COALESCE(i.status, a.status::text)) violated ON true
ORDER BY i.n
