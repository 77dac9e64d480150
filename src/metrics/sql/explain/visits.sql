-- A page of the rows behind a coverage by attendance: every line of the target's registers. A line
-- counts through its council. $1 to $9 are as in lines.sql; $10: the date.
WITH requested AS (SELECT * FROM unnest($2::uuid[], $3::text[]) AS requested(meeting_id, left_out)),
judged AS (
    SELECT a.meeting_id, m.held_on::date AS held_on, a.id, a.seat_id, s.role, a.council_id, o.name AS council_name,
           a.id AS attendance_id, a.status,
           CASE WHEN requested.left_out IS NOT NULL THEN requested.left_out
                WHEN a.status = 'in_attendance' THEN a.status
                WHEN NOT daterange(o.exists_from, o.exists_until) @> $10
                     OR jsonb_array_length(t.measure -> 'council_kinds') > 0 AND NOT t.measure -> 'council_kinds' ? o.kind
                THEN 'council_not_in_cohort'
                WHEN a.status IN ('apologies', 'absent') THEN a.status END AS reason
    FROM requested
    JOIN targets t ON t.id = $1
    JOIN meetings m ON m.id = requested.meeting_id
    JOIN attendance a ON a.meeting_id = m.id AND a.meeting_id = ANY ($2)
    LEFT JOIN seats s ON s.id = a.seat_id
    LEFT JOIN councils o ON o.id = a.council_id
)
SELECT j.*, c.counts, NULL::bigint AS numerator, NULL::bigint AS denominator, NULL::uuid AS counted_at_meeting_id,
       NULL::uuid AS counted_at_seat_id
FROM judged j
CROSS JOIN LATERAL (SELECT CASE WHEN j.reason IS NULL THEN 'indirectly' ELSE 'excluded' END) c(counts)
WHERE ($4::text IS NULL OR c.counts = $4) AND ($5::uuid IS NULL OR j.meeting_id = $5)
  AND ($6::date IS NULL OR (j.held_on, j.meeting_id, j.id) > ($6, $7::uuid, $8::uuid))
ORDER BY j.held_on, j.meeting_id, j.id
LIMIT $9
