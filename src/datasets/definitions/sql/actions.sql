SELECT a.id, f.plan_from AS occurred_on, GREATEST(a.updated_at, o.updated_at, t.updated_at, f.updated_at) AS updated_at,
       f.id AS framework_id, f.code AS framework_code,
       t.id AS theme_id, t.code AS theme_code, t.ref AS theme_ref, t.title AS theme_title,
       o.id AS outcome_id, o.code AS outcome_code, o.ref AS outcome_ref, o.title AS outcome_title,
       a.code, a.ref, a.title, a.position
FROM frameworks f
JOIN actions a ON a.framework_id = f.id
JOIN outcomes o ON o.id = a.outcome_id
JOIN themes t ON t.id = o.theme_id
WHERE f.plan_from >= $1::date AND f.plan_from < $2::date
ORDER BY f.plan_from, f.id, t.position, o.position, a.position, a.id
