SELECT ARRAY[f.code, t.code, t.ref, t.title, t.position::text] AS cells
FROM themes t JOIN frameworks f ON f.id = t.framework_id ORDER BY f.code, t.position, t.code
