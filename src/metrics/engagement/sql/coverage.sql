-- What each council ($1) received or answered, by target: the entries dated from $3 to $2 that are not
-- corrected by then. An occasion is
-- covered as the target's measure has it: by any entry during the year, or by the latest as at a day.
WITH corrections AS MATERIALIZED (
    SELECT * FROM corrections_of(ARRAY(SELECT DISTINCT target_id FROM progress WHERE kind = 'coverage' AND council_id = ANY ($1)))
),
standing AS (
    SELECT e.council_id, e.target_id, e.occasion, e.occurred_on,
           e.covered AND (t.measure ->> 'when' = 'during' OR row_number() OVER (
               PARTITION BY e.council_id, e.target_id, e.occasion
               ORDER BY e.occurred_on DESC, e.created_at DESC, e.id DESC) = 1) AS is_covered
    FROM progress e
    JOIN targets t ON t.id = e.target_id
    WHERE e.kind = 'coverage' AND e.council_id = ANY ($1) AND e.occurred_on BETWEEN $3 AND $2
      AND NOT EXISTS (SELECT FROM corrections c WHERE c.entry_id = e.id AND c.corrected_on <= $2)
),
occasions AS (
    SELECT council_id, target_id, occasion, count(*) AS entries, bool_or(is_covered) AS is_covered,
           max(occurred_on) AS latest_on
    FROM standing GROUP BY council_id, target_id, occasion
)
SELECT o.council_id, o.target_id, t.framework_id, t.code, t.title, t.council_reported,
       sum(o.entries)::bigint AS entries, count(*) AS occasions, count(*) FILTER (WHERE o.is_covered) AS covered,
       max(o.latest_on) AS latest_on
FROM occasions o
JOIN targets t ON t.id = o.target_id
JOIN frameworks f ON f.id = t.framework_id
GROUP BY o.council_id, o.target_id, t.framework_id, t.code, t.title, t.council_reported, t.position, f.plan_from
ORDER BY f.plan_from, t.position, o.target_id
