-- Returns the meetings of each action in framework $1, each meeting once for each action. is_ahead
-- is true for a meeting after the day $2, whatever its status.
SELECT DISTINCT moa.action_id, m.id, m.kind, m.title, m.held_on, m.date_precision, m.status,
       m.constructed IS TRUE AS constructed, LEAST(m.latest_on, f.plan_until - 1) > $2 AS is_ahead
FROM actions a
JOIN frameworks f ON f.id = a.framework_id
JOIN meetings_of_actions moa ON moa.action_id = a.id
JOIN meetings m ON m.id = moa.meeting_id
WHERE a.framework_id = $1
ORDER BY moa.action_id, m.held_on, m.id
