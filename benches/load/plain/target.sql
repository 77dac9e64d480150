-- The attendance rate of one target: how many of the expected seats attended.
SELECT count(*) FILTER (WHERE a.status IN ('present', 'present_virtual', 'substitute')) AS numerator, count(*) AS denominator
FROM targets t
JOIN frameworks f ON f.id = t.framework_id
JOIN target_actions ta ON ta.target_id = t.id
JOIN action_groups ag ON ag.action_id = ta.action_id
JOIN groups g ON g.id = ag.group_id
JOIN meetings m ON m.group_id = ag.group_id AND m.held_on >= f.plan_from AND m.held_on < f.plan_until
JOIN attendance a ON a.meeting_id = m.id
JOIN seats s ON s.id = a.seat_id
WHERE t.id = ':target' AND m.status IN ('held', 'inquorate') AND m.register = 'closed' AND m.held_on <= DATE '2018-03-31'
  AND daterange(g.responsible_from, g.responsible_until) @> m.held_on::date
  AND (t.measure -> 'roles' = '[]' OR t.measure -> 'roles' ? s.role)
  AND (t.measure #> '{selector,meeting_kinds}' = '[]' OR t.measure #> '{selector,meeting_kinds}' ? m.kind);
