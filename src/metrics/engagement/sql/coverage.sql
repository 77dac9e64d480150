-- What each council ($1) received or answered, by target. The entries are those that count for the
-- target on a day ($2), or on its plan period's last day if that is earlier, and that are dated
-- from another day ($3) on. An occasion is covered as the target counts it.
WITH requested AS (
    SELECT array_agg(target_id ORDER BY target_id) AS target_ids, array_agg(as_at ORDER BY target_id) AS dates
    FROM (SELECT DISTINCT e.target_id, LEAST($2, f.plan_until - 1) AS as_at
          FROM progress e
          JOIN targets t ON t.id = e.target_id
          JOIN frameworks f ON f.id = t.framework_id
          WHERE e.kind = 'coverage' AND e.council_id = ANY ($1)) targets
),
cohort AS MATERIALIZED (
    SELECT c.* FROM requested CROSS JOIN LATERAL cohort_councils(requested.target_ids, requested.dates) c
),
occasions AS (
    SELECT e.council_id, e.target_id, e.occasion, count(*) AS entries, max(e.occurred_on) AS latest_on,
           bool_or(e.is_covered) AND EXISTS (
               SELECT FROM cohort c WHERE c.target_id = e.target_id AND c.council_id = e.council_id) AS is_covered
    FROM requested
    CROSS JOIN LATERAL coverage_entries(requested.target_ids, requested.dates) e
    WHERE e.council_id = ANY ($1) AND e.occurred_on >= $3
    GROUP BY e.council_id, e.target_id, e.occasion
)
SELECT o.council_id, o.target_id, t.framework_id, t.code, t.title, t.council_reported,
       sum(o.entries)::bigint AS entries, count(*) AS occasions, count(*) FILTER (WHERE o.is_covered) AS covered,
       max(o.latest_on) AS latest_on
FROM occasions o
JOIN targets t ON t.id = o.target_id
JOIN frameworks f ON f.id = t.framework_id
GROUP BY o.council_id, o.target_id, t.framework_id, t.code, t.title, t.council_reported, t.position, f.plan_from
ORDER BY f.plan_from, t.position, o.target_id
