-- The forms of each counted event of each target: how many answered the question, and how many gave
-- the named rating or a better one.
WITH requested AS (SELECT * FROM unnest($1::uuid[], $2::date[]) AS requested(target_id, as_at))
SELECT
    requested.target_id, requested.as_at, m.id AS meeting_id, m.held_on,
    COALESCE(sum(r.forms), 0)::bigint AS answered,
    COALESCE(sum(r.forms) FILTER (WHERE r.position >= named.position), 0)::bigint AS rated,
    named.position IS NULL AS is_scale_foreign,
    e.handed_out,
    (SELECT count(*) FROM attendance a
     WHERE a.meeting_id = m.id AND a.status IN ('present', 'present_virtual', 'substitute')) AS attendees
FROM requested
JOIN targets t ON t.id = requested.target_id
JOIN meetings_of_targets mot ON mot.target_id = t.id AND mot.target_id = ANY ($1)
JOIN meetings m ON m.id = mot.meeting_id
JOIN evaluations e ON e.meeting_id = m.id AND e.question = t.measure ->> 'question'
LEFT JOIN evaluation_ratings r ON r.evaluation_id = e.id
LEFT JOIN evaluation_ratings named ON named.evaluation_id = e.id AND named.rating = t.measure ->> 'at_least'
WHERE m.status IN ('held', 'inquorate') AND counts_on(m.held_on, m.latest_on) <= requested.as_at
GROUP BY requested.target_id, requested.as_at, m.id, m.held_on, m.latest_on, named.position, e.id, e.handed_out
ORDER BY requested.target_id, counts_on(m.held_on, m.latest_on), m.id
