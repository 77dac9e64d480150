-- The forms of a target's meetings for every question, with the number of forms for each rating.
SELECT e.id AS evaluation_id, e.meeting_id, m.held_on, e.question, e.handed_out,
       e.question = t.measure ->> 'question' AS is_of_question,
       COALESCE((SELECT jsonb_agg(jsonb_build_object('rating', r.rating, 'forms', r.forms,
                                  'is_enough', COALESCE(r.position >= named.position, false)) ORDER BY r.position)
                 FROM evaluation_ratings r WHERE r.evaluation_id = e.id), '[]') AS ratings
FROM targets t
JOIN meetings_of_targets mot ON mot.target_id = t.id
JOIN meetings m ON m.id = mot.meeting_id
JOIN evaluations e ON e.meeting_id = m.id
LEFT JOIN evaluation_ratings named
    ON named.evaluation_id = e.id AND named.rating = t.measure ->> 'at_least' AND e.question = t.measure ->> 'question'
WHERE t.id = $1
