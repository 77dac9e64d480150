-- Follows covered.sql: what each council ($1) received or answered, by target. The entries are
-- those that count for the target, dated from $3 on. An occasion is covered as the target counts
-- it.
, occasions AS (
    SELECT told.council_id, told.target_id, told.occasion, count(*) AS entries, max(told.occurred_on) AS latest_on,
           bool_or(told.is_covered) AND EXISTS (
               SELECT FROM cohort c
               WHERE c.target_id = told.target_id AND c.as_at = told.as_at AND c.council_id = told.council_id) AS is_covered
    FROM told
    WHERE told.council_id = ANY ($1) AND told.occurred_on >= $3
    GROUP BY told.council_id, told.target_id, told.as_at, told.occasion
)
SELECT o.council_id, o.target_id, t.framework_id, t.code, t.title, t.council_reported,
       sum(o.entries)::bigint AS entries, count(*) AS occasions, count(*) FILTER (WHERE o.is_covered) AS covered,
       max(o.latest_on) AS latest_on
FROM occasions o
JOIN targets t ON t.id = o.target_id
JOIN frameworks f ON f.id = t.framework_id
GROUP BY o.council_id, o.target_id, t.framework_id, t.code, t.title, t.council_reported, t.position, f.plan_from
ORDER BY f.plan_from, t.position, o.target_id
