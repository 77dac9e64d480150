-- Follows covered.sql: the targets whose cohort contains the councils ($1) and for which these
-- councils have no entries.
SELECT c.council_id, t.id AS target_id, t.framework_id, t.code, t.title
FROM cohort c
JOIN targets t ON t.id = c.target_id
WHERE c.council_id = ANY ($1)
  AND NOT EXISTS (SELECT FROM told
                  WHERE told.target_id = c.target_id AND told.as_at = c.as_at AND told.council_id = c.council_id)
ORDER BY c.plan_from, t.position, t.id
