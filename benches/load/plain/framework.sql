-- The numerator and denominator, or the value, of each target of a framework.
SELECT t.id, count(*) FILTER (WHERE a.status IN ('present', 'present_virtual', 'substitute')) AS numerator, count(*) AS denominator
FROM frameworks f
JOIN targets t ON t.framework_id = f.id AND t.measure_kind = 'attendance_rate'
JOIN target_actions ta ON ta.target_id = t.id
JOIN action_groups ag ON ag.action_id = ta.action_id
JOIN groups g ON g.id = ag.group_id
JOIN meetings m ON m.group_id = ag.group_id AND m.held_on >= f.plan_from AND m.held_on < f.plan_until
JOIN attendance a ON a.meeting_id = m.id
JOIN seats s ON s.id = a.seat_id
WHERE f.id = ':framework' AND m.status IN ('held', 'inquorate') AND m.register = 'closed' AND m.held_on <= DATE '2018-03-31'
  AND daterange(g.responsible_from, g.responsible_until) @> m.held_on::date
  AND (NOT EXISTS (SELECT FROM target_groups tg WHERE tg.target_id = t.id)
       OR EXISTS (SELECT FROM target_groups tg WHERE tg.target_id = t.id AND tg.group_id = g.id))
  AND (t.measure -> 'roles' = '[]' OR t.measure -> 'roles' ? s.role)
  AND (t.measure #> '{selector,meeting_kinds}' = '[]' OR t.measure #> '{selector,meeting_kinds}' ? m.kind)
GROUP BY t.id
UNION ALL
SELECT t.id, count(DISTINCT m.id) FILTER (WHERE t.measure_kind <> 'deliverable_per_meeting' OR d.delivered), sum(r.forms)
FROM frameworks f
JOIN targets t ON t.framework_id = f.id AND t.measure_kind IN ('meetings_held', 'deliverable_per_meeting', 'evaluation_rate')
JOIN target_actions ta ON ta.target_id = t.id
JOIN action_groups ag ON ag.action_id = ta.action_id
JOIN groups g ON g.id = ag.group_id
JOIN meetings m ON m.group_id = ag.group_id AND m.held_on >= f.plan_from AND m.held_on < f.plan_until
LEFT JOIN meeting_deliverables d ON d.meeting_id = m.id AND d.deliverable = t.measure ->> 'deliverable'
LEFT JOIN evaluations e ON e.meeting_id = m.id AND e.question = t.measure ->> 'question'
LEFT JOIN evaluation_ratings r ON r.evaluation_id = e.id
WHERE f.id = ':framework' AND m.status IN ('held', 'inquorate') AND m.held_on <= DATE '2018-03-31'
  AND daterange(g.responsible_from, g.responsible_until) @> m.held_on::date
  AND (NOT EXISTS (SELECT FROM target_groups tg WHERE tg.target_id = t.id)
       OR EXISTS (SELECT FROM target_groups tg WHERE tg.target_id = t.id AND tg.group_id = g.id))
GROUP BY t.id
UNION ALL
SELECT t.id, COALESCE(sum(p.count), sum(p.numerator), count(DISTINCT p.council_id) FILTER (WHERE p.covered)),
       COALESCE(sum(p.denominator), (SELECT count(*) FROM councils o WHERE daterange(o.exists_from, o.exists_until) @> DATE '2018-03-31'))
FROM targets t
JOIN frameworks f ON f.id = t.framework_id
JOIN progress p ON p.target_id = t.id AND p.valued_kind = t.valued_kind AND p.occurred_on >= f.plan_from AND p.occurred_on <= DATE '2018-03-31'
WHERE t.framework_id = ':framework' AND t.measure_kind IN ('council_coverage', 'count_total', 'ratio')
  AND NOT EXISTS (SELECT FROM progress later WHERE later.supersedes_id = p.id)
GROUP BY t.id;
