-- The targets that the councils ($1) report themselves but have no entries for: targets of agreed
-- plans whose years overlap the days from $3 to $2, and whose cohort contains the council. Each is
-- as of $2, or of its plan period's last day if that is earlier.
WITH requested AS (
    SELECT array_agg(target_id ORDER BY target_id) AS target_ids, array_agg(as_at ORDER BY target_id) AS dates
    FROM (SELECT t.id AS target_id, LEAST($2, f.plan_until - 1) AS as_at
          FROM targets t
          JOIN frameworks f ON f.id = t.framework_id
          WHERE t.council_reported AND t.valued_kind = 'coverage' AND f.status <> 'draft'
            AND f.plan_from <= $2 AND f.plan_until > $3) targets
),
entries AS MATERIALIZED (
    SELECT e.* FROM requested CROSS JOIN LATERAL coverage_entries(requested.target_ids, requested.dates) e
)
SELECT c.council_id, t.id AS target_id, t.framework_id, t.code, t.title
FROM requested
CROSS JOIN LATERAL cohort_councils(requested.target_ids, requested.dates) c
JOIN targets t ON t.id = c.target_id
JOIN frameworks f ON f.id = t.framework_id
WHERE c.council_id = ANY ($1)
  AND NOT EXISTS (SELECT FROM entries e WHERE e.target_id = c.target_id AND e.council_id = c.council_id)
ORDER BY f.plan_from, t.position, t.id
