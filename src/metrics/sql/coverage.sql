-- Counts how many councils of each target's cohort are covered, for each occasion. entries is the
-- number of records about the occasion. $1, $2: the targets, each with a date. The councils of a
-- cohort are one array: joined one by one they are compared with every record.
WITH requested AS (SELECT * FROM unnest($1::uuid[], $2::date[]) AS requested(target_id, as_at)),
records AS MATERIALIZED (SELECT * FROM coverage_records($1::uuid[], $2::date[])),
cohort AS MATERIALIZED (
    SELECT target_id, as_at, array_agg(council_id) AS council_ids
    FROM cohort_councils($1::uuid[], $2::date[]) GROUP BY target_id, as_at
)
SELECT requested.target_id, requested.as_at, r.occasion,
       count(DISTINCT r.council_id) FILTER (WHERE r.is_covered AND r.council_id = ANY (cohort.council_ids)) AS covered,
       COALESCE(cardinality(cohort.council_ids), 0)::bigint AS cohort,
       count(r.council_id) AS entries
FROM requested
LEFT JOIN records r USING (target_id, as_at)
LEFT JOIN cohort USING (target_id, as_at)
GROUP BY requested.target_id, requested.as_at, r.occasion, cohort.council_ids
ORDER BY requested.target_id, max(r.occurred_on), r.occasion COLLATE "C"
