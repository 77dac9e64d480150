SELECT ARRAY[f.code, t.code, o.code, o.ref, o.title, o.position::text] AS cells
FROM outcomes o JOIN themes t ON t.id = o.theme_id JOIN frameworks f ON f.id = o.framework_id
ORDER BY f.code, o.position, o.code
