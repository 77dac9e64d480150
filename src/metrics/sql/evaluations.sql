-- The forms of each counted event of each target: how many answered the question, and how many gave
-- the named rating or a better one. $1, $2, $3: the targets, each with a date and an event.
WITH counted AS (SELECT * FROM unnest($1::uuid[], $2::date[], $3::uuid[]) AS counted(target_id, as_at, meeting_id))
SELECT
    counted.target_id, counted.as_at, m.id AS meeting_id, m.held_on,
    COALESCE(sum(r.forms), 0)::bigint AS answered,
    COALESCE(sum(r.forms) FILTER (WHERE r.position >= named.position), 0)::bigint AS rated,
    named.position IS NULL AS is_scale_foreign,
    e.handed_out,
    (SELECT count(*) FROM attendance a
     WHERE a.meeting_id = m.id AND a.status IN ('present', 'present_virtual', 'substitute')) AS attendees
FROM counted
JOIN targets t ON t.id = counted.target_id
JOIN frameworks f ON f.id = t.framework_id
JOIN meetings m ON m.id = counted.meeting_id
JOIN evaluations e ON e.meeting_id = m.id AND e.question = t.measure ->> 'question'
LEFT JOIN evaluation_ratings r ON r.evaluation_id = e.id
LEFT JOIN evaluation_ratings named ON named.evaluation_id = e.id AND named.rating = t.measure ->> 'at_least'
GROUP BY counted.target_id, counted.as_at, m.id, m.held_on, m.latest_on, f.plan_until, named.position, e.id, e.handed_out
ORDER BY counted.target_id, LEAST(m.latest_on, f.plan_until - 1), m.id
