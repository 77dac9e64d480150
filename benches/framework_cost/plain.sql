-- The figures of 2017-18 on each of :days in plain SQL: the same counts by the same rules, without
-- reasons, completeness, alternatives or last year's figures.
WITH days AS (:days)
SELECT t.code, days.day, count(*) FILTER (WHERE a.status IN ('present', 'present_virtual', 'substitute')) AS attended,
       count(*) AS expected
FROM days
CROSS JOIN frameworks f
JOIN targets t ON t.framework_id = f.id AND t.measure_kind = 'attendance_rate'
JOIN target_actions ta ON ta.target_id = t.id
JOIN action_groups ag ON ag.action_id = ta.action_id
JOIN groups g ON g.id = ag.group_id
JOIN meetings m ON m.group_id = g.id AND m.held_on >= f.plan_from AND m.latest_on <= days.day
                AND daterange(g.responsible_from, g.responsible_until) @> m.held_on::date
JOIN seats s ON s.group_id = m.group_id AND daterange(s.exists_from, s.exists_until) @> m.held_on::date
JOIN seat_terms held ON held.seat_id = s.id AND daterange(held.held_from, held.held_until) @> m.held_on::date
JOIN councils o ON o.id = s.council_id AND daterange(o.exists_from, o.exists_until) @> m.held_on::date
LEFT JOIN attendance a ON a.meeting_id = m.id AND a.seat_id = s.id
WHERE f.code = '2017-18' AND m.status IN ('held', 'inquorate') AND m.register = 'closed'
  AND (t.measure -> 'roles' = '[]' OR t.measure -> 'roles' ? s.role)
  AND (t.measure #> '{selector,meeting_kinds}' = '[]' OR t.measure #> '{selector,meeting_kinds}' ? m.kind)
GROUP BY t.id, t.code, days.day ORDER BY t.code, days.day;

WITH days AS (:days)
SELECT t.code, days.day, count(DISTINCT m.id) FILTER (WHERE m.status IN ('held', 'inquorate')) AS held,
       count(DISTINCT m.id) FILTER (WHERE d.delivered) AS delivered, sum(r.forms) AS forms
FROM days
CROSS JOIN frameworks f
JOIN targets t ON t.framework_id = f.id AND t.measure_kind IN ('meetings_held', 'deliverable_per_meeting', 'evaluation_rate')
JOIN target_actions ta ON ta.target_id = t.id
JOIN action_groups ag ON ag.action_id = ta.action_id
JOIN groups g ON g.id = ag.group_id
JOIN meetings m ON m.group_id = g.id AND m.held_on >= f.plan_from AND m.latest_on <= days.day
                AND daterange(g.responsible_from, g.responsible_until) @> m.held_on::date
LEFT JOIN meeting_deliverables d ON d.meeting_id = m.id AND d.deliverable = t.measure ->> 'deliverable'
LEFT JOIN evaluations e ON e.meeting_id = m.id AND e.question = t.measure ->> 'question'
LEFT JOIN evaluation_ratings r ON r.evaluation_id = e.id
WHERE f.code = '2017-18'
GROUP BY t.id, t.code, days.day ORDER BY t.code, days.day;

WITH days AS (:days)
SELECT t.code, days.day, count(DISTINCT p.council_id) FILTER (WHERE p.covered) AS covered,
       (SELECT count(*) FROM councils o WHERE daterange(o.exists_from, o.exists_until) @> days.day) AS cohort,
       sum(p.count) AS counted, sum(p.numerator) AS numerator, sum(p.denominator) AS denominator,
       sum(p.income_pence) - sum(p.cost_pence) AS balance, max(p.milestone_state::text) AS milestone
FROM days
CROSS JOIN frameworks f
JOIN targets t ON t.framework_id = f.id
JOIN progress p ON p.target_id = t.id AND p.occurred_on <= days.day
WHERE f.code = '2017-18' AND NOT EXISTS (SELECT FROM progress later WHERE later.supersedes_id = p.id)
GROUP BY t.id, t.code, days.day ORDER BY t.code, days.day;
