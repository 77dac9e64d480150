SELECT ARRAY[k.key, e.question, r.rating, r.forms::text] AS cells
FROM evaluation_ratings r
JOIN evaluations e ON e.id = r.evaluation_id
JOIN meeting_keys k ON k.id = e.meeting_id
ORDER BY e.id, r.position
