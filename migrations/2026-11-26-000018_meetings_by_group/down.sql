CREATE OR REPLACE VIEW meetings_of_actions AS
    SELECT ag.action_id, m.id AS meeting_id
    FROM action_groups ag
    JOIN actions a ON a.id = ag.action_id
    JOIN frameworks f ON f.id = a.framework_id
    JOIN groups g ON g.id = ag.group_id
    JOIN meetings m ON m.group_id = g.id
    WHERE m.held_on >= f.plan_from AND m.held_on < f.plan_until
      AND daterange(g.responsible_from, g.responsible_until) @> m.held_on::date
    UNION ALL
    SELECT am.action_id, am.meeting_id
    FROM action_meetings am
    JOIN actions a ON a.id = am.action_id
    JOIN frameworks f ON f.id = a.framework_id
    JOIN meetings m ON m.id = am.meeting_id
    WHERE m.held_on >= f.plan_from AND m.held_on < f.plan_until;
