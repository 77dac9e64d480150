SELECT ARRAY[f.code, t.code, r.revised_on::text, trim_scale(r.threshold)::text, r.reason, r.reference] AS cells
FROM revisions r JOIN targets t ON t.id = r.target_id JOIN frameworks f ON f.id = t.framework_id
ORDER BY f.code, t.position, t.code, r.revised_on
