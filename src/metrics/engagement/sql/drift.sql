-- The attendance in two years of the councils that exist on a day ($2): since $1, and from $3 until
-- $1. Also the day on which each council last attended, and the number of its coverage entries
-- since $1. Constructed registers are left out, because the result ranks councils.
WITH corrections AS MATERIALIZED (
    SELECT * FROM corrections_of(ARRAY(
        SELECT DISTINCT target_id FROM progress WHERE kind = 'coverage' AND supersedes_id IS NOT NULL))
),
totals AS (
    SELECT t.council_id,
           sum(t.attended) FILTER (WHERE t.counts_from >= $1) AS recent_attended,
           sum(t.expected) FILTER (WHERE t.counts_from >= $1) AS recent_expected,
           sum(t.attended) FILTER (WHERE t.counts_from < $1) AS earlier_attended,
           sum(t.expected) FILTER (WHERE t.counts_from < $1) AS earlier_expected
    FROM (SELECT array_agg(meeting_id) AS ids FROM registers_counted
          WHERE counts_on BETWEEN $3 AND $2 AND NOT constructed) registers
    CROSS JOIN LATERAL council_tallies(registers.ids) t
    GROUP BY t.council_id
)
SELECT c.id AS council_id, c.name, c.kind,
       COALESCE(recent_attended, 0)::bigint AS recent_attended, COALESCE(recent_expected, 0)::bigint AS recent_expected,
       COALESCE(earlier_attended, 0)::bigint AS earlier_attended, COALESCE(earlier_expected, 0)::bigint AS earlier_expected,
       last.attended_on AS last_attended_on, covered.entries AS coverage_entries
FROM councils c
LEFT JOIN totals ON totals.council_id = c.id
LEFT JOIN LATERAL (
    SELECT r.held_on AS attended_on FROM registers_counted r
    WHERE r.counts_on <= $2 AND NOT r.constructed
      AND EXISTS (SELECT FROM attendance a WHERE a.meeting_id = r.meeting_id AND a.council_id = c.id
                  AND a.status IN ('present', 'present_virtual', 'substitute'))
    ORDER BY r.held_on DESC LIMIT 1
) last ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS entries FROM progress e
    WHERE e.council_id = c.id AND e.kind = 'coverage' AND e.occurred_on BETWEEN $1 AND $2
      AND NOT EXISTS (SELECT FROM corrections c WHERE c.entry_id = e.id AND c.corrected_on <= $2)
) covered
WHERE daterange(c.exists_from, c.exists_until) @> $2
