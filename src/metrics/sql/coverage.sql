-- How many councils of each target's cohort are covered, for each occasion. entries is the number
-- of records behind it. Continues facts.sql.
, sizes AS (
    SELECT target_id, as_at, count(council_id) AS councils FROM cohort GROUP BY target_id, as_at
)
SELECT p.target_id, p.as_at, f.occasion,
       count(DISTINCT f.council_id) FILTER (
           WHERE f.is_covered AND EXISTS (SELECT FROM cohort c WHERE c.target_id = p.target_id
                                          AND c.as_at = p.as_at AND c.council_id = f.council_id)) AS covered,
       COALESCE(s.councils, 0) AS cohort,
       count(f.council_id) AS entries
FROM params p
LEFT JOIN facts f ON f.target_id = p.target_id AND f.as_at = p.as_at
LEFT JOIN sizes s ON s.target_id = p.target_id AND s.as_at = p.as_at
GROUP BY p.target_id, p.as_at, f.occasion, s.councils
ORDER BY p.target_id, max(f.occurred_on), f.occasion COLLATE "C"
