-- The councils that coverage.sql counts, one by one for each occasion. Also lists councils outside
-- the cohort if there is a record about them. Continues facts.sql.
, occasions AS (
    SELECT target_id, as_at, occasion FROM facts
    UNION
    SELECT target_id, as_at, NULL FROM params WHERE NOT EXISTS (SELECT FROM facts)
),
recorded AS (
    SELECT target_id, as_at, occasion, council_id, bool_or(is_covered) AS is_covered,
           (array_agg(progress_id ORDER BY is_covered DESC, occurred_on DESC, progress_id DESC))[1] AS progress_id
    FROM facts GROUP BY target_id, as_at, occasion, council_id
)
SELECT o.occasion, c.id AS council_id, c.name AS council_name, COALESCE(recorded.is_covered, false) AS is_covered,
       recorded.council_id IS NOT NULL AS is_recorded, recorded.progress_id, cohort.council_id IS NOT NULL AS is_in_cohort
FROM occasions o
CROSS JOIN councils c
LEFT JOIN recorded ON recorded.target_id = o.target_id AND recorded.as_at = o.as_at
              AND recorded.occasion IS NOT DISTINCT FROM o.occasion AND recorded.council_id = c.id
LEFT JOIN cohort ON cohort.target_id = o.target_id AND cohort.as_at = o.as_at AND cohort.council_id = c.id
WHERE recorded.council_id IS NOT NULL OR cohort.council_id IS NOT NULL
