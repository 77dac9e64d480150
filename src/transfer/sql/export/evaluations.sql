SELECT ARRAY[k.key, e.question, e.handed_out::text] AS cells
FROM evaluations e JOIN meeting_keys k ON k.id = e.meeting_id ORDER BY e.id
