-- What is told in words about a framework's targets ($1) by a day ($2), within the plan year and not corrected.
SELECT p.target_id, p.occurred_on, p.text
FROM progress p
JOIN targets t ON t.id = p.target_id
JOIN frameworks f ON f.id = t.framework_id
WHERE t.framework_id = $1 AND p.kind = 'narrative' AND p.occurred_on BETWEEN f.plan_from AND $2
  AND NOT EXISTS (SELECT FROM progress later WHERE later.supersedes_id = p.id)
ORDER BY p.target_id, p.occurred_on, p.created_at, p.id
