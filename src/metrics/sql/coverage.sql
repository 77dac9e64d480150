-- Counts how many councils of each target's cohort are covered, for each occasion. entries is the
-- number of records about the occasion. $1, $2: the targets, each with a date.
WITH requested AS (SELECT * FROM unnest($1::uuid[], $2::date[]) AS requested(target_id, as_at)),
records AS MATERIALIZED (SELECT * FROM coverage_records($1::uuid[], $2::date[])),
cohort AS MATERIALIZED (SELECT * FROM cohort_councils($1::uuid[], $2::date[])),
sizes AS (
    SELECT target_id, as_at, count(*) AS councils FROM cohort GROUP BY target_id, as_at
)
SELECT requested.target_id, requested.as_at, r.occasion,
       count(DISTINCT r.council_id) FILTER (WHERE r.is_covered AND cohort.council_id IS NOT NULL) AS covered,
       COALESCE(sizes.councils, 0) AS cohort,
       count(r.council_id) AS entries
FROM requested
LEFT JOIN records r USING (target_id, as_at)
LEFT JOIN cohort USING (target_id, as_at, council_id)
LEFT JOIN sizes USING (target_id, as_at)
GROUP BY requested.target_id, requested.as_at, r.occasion, sizes.councils
ORDER BY requested.target_id, max(r.occurred_on), r.occasion COLLATE "C"
