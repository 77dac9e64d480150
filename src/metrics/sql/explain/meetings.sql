-- Every meeting that could count for a target: those of its actions' groups, and those linked to
-- its actions. The target's meetings are those in the view meetings_of_targets. left_out says why
-- any other meeting is not one of them.
SELECT m.id AS meeting_id, m.title, m.group_id, g.name AS group_name, m.held_on, m.status, m.register,
       CASE WHEN EXISTS (SELECT FROM meetings_of_targets mot WHERE mot.target_id = t.id AND mot.meeting_id = m.id)
            THEN NULL
            WHEN m.held_on < f.plan_from OR m.held_on >= f.plan_until THEN 'outside_window'
            WHEN NOT daterange(g.responsible_from, g.responsible_until) @> m.held_on::date THEN 'outside_responsibility'
            WHEN m.group_id IS NULL AND jsonb_array_length(t.measure -> 'roles') > 0 THEN 'role_not_counted'
            WHEN EXISTS (SELECT FROM target_groups tg WHERE tg.target_id = t.id)
                 AND NOT EXISTS (SELECT FROM target_groups tg WHERE tg.target_id = t.id AND tg.group_id = m.group_id)
            THEN 'group_not_selected'
            ELSE 'kind_not_selected' END AS left_out
FROM targets t
JOIN frameworks f ON f.id = t.framework_id
JOIN (
    SELECT ta.target_id, m.id AS meeting_id
    FROM target_actions ta
    JOIN action_groups ag ON ag.action_id = ta.action_id
    JOIN meetings m ON m.group_id = ag.group_id
    UNION
    SELECT ta.target_id, am.meeting_id
    FROM target_actions ta JOIN action_meetings am ON am.action_id = ta.action_id
) candidates ON candidates.target_id = t.id
JOIN meetings m ON m.id = candidates.meeting_id
LEFT JOIN groups g ON g.id = m.group_id
WHERE t.id = $1
ORDER BY m.held_on, m.id
