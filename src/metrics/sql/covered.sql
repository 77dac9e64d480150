-- Follows asked: the councils in each target's cohort, and the entries about the coverage of a
-- council on an occasion (told). The metric of a target and the engagement of a council both count
-- them in this way.
params AS (
    SELECT asked.target_id, asked.as_at, f.plan_from::date AS plan_from, f.plan_until::date AS plan_until,
           t.measure ->> 'basis' AS basis,
           t.measure ->> 'when' = 'during' AS is_during,
           t.measure ->> 'over_occasions' = 'distinct' AS is_distinct,
           ARRAY(SELECT jsonb_array_elements_text(t.measure -> 'council_kinds')) AS kinds
    FROM asked
    JOIN targets t ON t.id = asked.target_id
    JOIN frameworks f ON f.id = t.framework_id
),
cohort AS (
    SELECT p.*, c.id AS council_id
    FROM params p
    JOIN councils c ON daterange(c.exists_from, c.exists_until) @> p.as_at
    WHERE cardinality(p.kinds) = 0 OR c.kind = ANY (p.kinds)
),
corrections AS MATERIALIZED (SELECT * FROM corrections_of(ARRAY(SELECT target_id FROM asked))),
-- A state on a day may be from an entry before the plan year. What happens during a year must be
-- dated in it.
entries AS (
    SELECT p.target_id, p.as_at, p.is_during, p.is_distinct, e.id, e.council_id, e.occasion, e.covered, e.occurred_on,
           row_number() OVER (PARTITION BY p.target_id, p.as_at, e.occasion, e.council_id
                              ORDER BY e.occurred_on DESC, e.created_at DESC, e.id DESC) AS recency
    FROM params p
    JOIN progress e ON e.target_id = p.target_id AND e.kind = 'coverage'
    WHERE p.basis = 'entries' AND (e.occurred_on >= p.plan_from OR NOT p.is_during) AND e.occurred_on <= p.as_at
      AND NOT EXISTS (SELECT FROM corrections c WHERE c.entry_id = e.id AND c.corrected_on <= p.as_at)
),
told AS (
    SELECT target_id, as_at, CASE WHEN NOT is_distinct THEN occasion END AS occasion, council_id, occurred_on,
           covered AND (is_during OR recency = 1) AS is_covered, id AS progress_id
    FROM entries
)
