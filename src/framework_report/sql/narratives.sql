-- Returns the narratives for the targets in framework $1, from the start of the plan period to the
-- day $2. Narratives that were corrected by the day $2 are left out.
SELECT p.target_id, p.occurred_on, p.text
FROM progress p
JOIN targets t ON t.id = p.target_id
JOIN frameworks f ON f.id = t.framework_id
WHERE t.framework_id = $1 AND p.kind = 'narrative' AND p.occurred_on BETWEEN f.plan_from AND $2
  AND NOT EXISTS (SELECT FROM corrections_of(ARRAY(SELECT id FROM targets WHERE framework_id = $1)) c
                  WHERE c.entry_id = p.id AND c.corrected_on <= $2)
ORDER BY p.target_id, p.occurred_on, p.created_at, p.id
