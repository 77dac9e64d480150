-- The councils that coverage.sql counts, one by one for each occasion, and the councils outside the
-- cohort that have a record. $1: the target; $2: the date.
WITH records AS MATERIALIZED (SELECT * FROM coverage_records(ARRAY[$1::uuid], ARRAY[$2::date])),
cohort AS MATERIALIZED (SELECT * FROM cohort_councils(ARRAY[$1::uuid], ARRAY[$2::date])),
occasions AS (
    SELECT DISTINCT occasion FROM records
    UNION ALL
    SELECT NULL WHERE NOT EXISTS (SELECT FROM records)
),
recorded AS (
    SELECT occasion, council_id, bool_or(is_covered) AS is_covered,
           (array_agg(progress_id ORDER BY is_covered DESC, occurred_on DESC, progress_id DESC))[1] AS progress_id
    FROM records GROUP BY occasion, council_id
)
SELECT o.occasion, c.id AS council_id, c.name AS council_name, COALESCE(recorded.is_covered, false) AS is_covered,
       recorded.council_id IS NOT NULL AS is_recorded, recorded.progress_id, cohort.council_id IS NOT NULL AS is_in_cohort
FROM occasions o
CROSS JOIN councils c
LEFT JOIN recorded ON recorded.occasion IS NOT DISTINCT FROM o.occasion AND recorded.council_id = c.id
LEFT JOIN cohort ON cohort.council_id = c.id
WHERE recorded.council_id IS NOT NULL OR cohort.council_id IS NOT NULL
