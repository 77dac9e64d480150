-- Returns the stored evaluation for each line. $1, $2: the meeting and the question of each line.
-- $3: the system of the lines' own external ids.
SELECT e.id, e.version, e.updated_at, e.handed_out::bigint AS handed_out,
       k.external_id::text AS external_id,
       COALESCE((SELECT are_published(counted_days(m.held_on, m.latest_on)) FROM meetings m WHERE m.id = i.meeting_id), false) AS is_published,
       COALESCE((SELECT jsonb_agg(jsonb_build_object('rating', r.rating, 'forms', r.forms) ORDER BY r.position)
                 FROM evaluation_ratings r WHERE r.evaluation_id = e.id), '[]') AS ratings
FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS i (meeting_id, question, n)
LEFT JOIN evaluations e ON e.meeting_id = i.meeting_id AND e.question = i.question
LEFT JOIN evaluation_external_ids k ON k.evaluation_id = e.id AND k.system = $3
ORDER BY i.n
