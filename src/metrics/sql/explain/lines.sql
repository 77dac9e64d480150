-- A page of the rows behind an attendance rate. For a meeting that counts these are all seats of
-- the group, or at an open event all councils. For any other meeting these are the existing lines.
-- A metric counts the same rows, and a test compares both. $1: the target; $2, $3: its meetings,
-- each with the reason if the meeting does not count; $4, $5: how the rows count, and their
-- meeting, or null for all; $6 to $8: the last row of the page before; $9: the number of rows.
WITH rule AS (
    SELECT t.measure ->> 'unit' AS unit,
           t.measure ->> 'aggregate' = 'distinct' AS is_distinct,
           t.measure ->> 'substitutes' = 'counted' AS counts_substitutes,
           t.measure ->> 'vacancies' = 'included' AS expects_vacancies,
           ARRAY(SELECT jsonb_array_elements_text(t.measure -> 'roles')) AS roles,
           ARRAY(SELECT jsonb_array_elements_text(t.measure -> 'council_kinds')) AS kinds
    FROM targets t WHERE t.id = $1
),
requested AS (
    SELECT m.id AS meeting_id, m.group_id, m.held_on::date AS held_on, counts_on(m.held_on, m.latest_on) AS day, requested.left_out
    FROM unnest($2::uuid[], $3::text[]) AS requested(meeting_id, left_out)
    JOIN meetings m ON m.id = requested.meeting_id
),
listed AS (
    SELECT m.meeting_id, m.held_on, s.id AS id, s.id AS seat_id, s.role, s.council_id, a.id AS attendance_id, a.status,
           CASE r.unit WHEN 'person' THEN COALESCE(term.holder_ref, s.id::text)
                       WHEN 'council' THEN s.council_id::text
                       ELSE s.id::text END AS who,
           term.seat_id IS NULL AS is_vacant,
           CASE WHEN m.left_out IS NOT NULL THEN m.left_out
                WHEN NOT daterange(s.exists_from, s.exists_until) @> m.day THEN 'seat_not_in_term'
                WHEN NOT daterange(o.exists_from, o.exists_until) @> m.day
                     OR cardinality(r.kinds) > 0 AND o.kind <> ALL (r.kinds) THEN 'council_not_in_cohort'
                WHEN cardinality(r.roles) > 0 AND s.role <> ALL (r.roles) THEN 'role_not_counted'
                WHEN term.seat_id IS NULL AND NOT r.expects_vacancies THEN 'seat_vacant' END AS left_out
    FROM requested m
    CROSS JOIN rule r
    JOIN seats s ON s.group_id = m.group_id
    JOIN councils o ON o.id = s.council_id
    LEFT JOIN seat_terms term ON term.seat_id = s.id AND daterange(term.held_from, term.held_until) @> m.day
    LEFT JOIN attendance a ON a.meeting_id = m.meeting_id AND a.seat_id = s.id AND a.meeting_id = ANY ($2)
    WHERE m.left_out IS NULL OR a.id IS NOT NULL
    UNION ALL
    SELECT m.meeting_id, m.held_on, COALESCE(a.id, o.id), NULL, NULL, o.id, a.id, a.status, o.id::text, false,
           CASE WHEN m.left_out IS NOT NULL THEN m.left_out
                WHEN cardinality(r.kinds) > 0 AND o.kind <> ALL (r.kinds) THEN 'council_not_in_cohort' END
    FROM requested m
    CROSS JOIN rule r
    JOIN councils o ON daterange(o.exists_from, o.exists_until) @> m.day
    LEFT JOIN attendance a ON a.meeting_id = m.meeting_id AND a.council_id = o.id AND a.status <> 'in_attendance'
        AND a.meeting_id = ANY ($2)
    WHERE m.group_id IS NULL AND (m.left_out IS NULL OR a.id IS NOT NULL)
    UNION ALL
    SELECT m.meeting_id, m.held_on, a.id, NULL, NULL, a.council_id, a.id, a.status, NULL, false,
           COALESCE(m.left_out, 'in_attendance')
    FROM requested m
    JOIN attendance a ON a.meeting_id = m.meeting_id AND a.status = 'in_attendance' AND a.meeting_id = ANY ($2)
),
marked AS (
    SELECT l.*, r.is_distinct,
           COALESCE(l.status IN ('present', 'present_virtual') OR (r.counts_substitutes AND l.status = 'substitute'), false)
               AS attended
    FROM listed l CROSS JOIN rule r
),
-- If a seat, person or council counts once, its first row that attended counts, or else its first
-- row.
placed AS (
    SELECT marked.*, row_number() OVER same AS place, first_value(meeting_id) OVER same AS counted_at_meeting_id,
           first_value(seat_id) OVER same AS counted_at_seat_id
    FROM marked
    WINDOW same AS (PARTITION BY left_out IS NULL, CASE WHEN NOT is_distinct THEN meeting_id END, who
                    ORDER BY attended DESC, held_on, meeting_id, status IS NULL, id)
),
judged AS (
    SELECT placed.*, left_out IS NULL AND place = 1 AS is_counted, left_out IS NULL AND place > 1 AS is_again,
           CASE WHEN left_out IS NOT NULL THEN left_out
                WHEN place > 1 THEN 'counted_once'
                WHEN attended THEN NULL
                WHEN status = 'substitute' THEN 'substitute_not_counted'
                WHEN status IS NOT NULL THEN status
                WHEN is_vacant THEN 'seat_vacant'
                ELSE 'not_recorded' END AS reason
    FROM placed
)
SELECT j.meeting_id, j.held_on, j.id, j.seat_id, j.role, j.council_id, o.name AS council_name, j.attendance_id, j.status,
       c.counts, j.reason,
       CASE WHEN j.is_counted THEN j.attended::int::bigint END AS numerator,
       CASE WHEN j.is_counted THEN 1::bigint END AS denominator,
       CASE WHEN j.is_again THEN j.counted_at_meeting_id END AS counted_at_meeting_id,
       CASE WHEN j.is_again THEN j.counted_at_seat_id END AS counted_at_seat_id
FROM judged j
LEFT JOIN councils o ON o.id = j.council_id
CROSS JOIN LATERAL (SELECT CASE WHEN NOT j.is_counted THEN 'excluded' WHEN j.attended THEN 'numerator' ELSE 'denominator' END) c(counts)
WHERE ($4::text IS NULL OR c.counts = $4) AND ($5::uuid IS NULL OR j.meeting_id = $5)
  AND ($6::date IS NULL OR (j.held_on, j.meeting_id, j.id) > ($6, $7::uuid, $8::uuid))
ORDER BY j.held_on, j.meeting_id, j.id
LIMIT $9
