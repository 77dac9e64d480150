-- The same meetings of an action and of a target as before, each found from the target on. Joined freely, the planner finds
-- those of every plan year and throws most of them away; a lateral join with OFFSET 0 keeps it from that.
CREATE OR REPLACE VIEW meetings_of_actions AS
    SELECT ag.action_id, m.id AS meeting_id
    FROM action_groups ag
    JOIN actions a ON a.id = ag.action_id
    JOIN frameworks f ON f.id = a.framework_id
    JOIN groups g ON g.id = ag.group_id
    CROSS JOIN LATERAL (
        SELECT m.id FROM meetings m
        WHERE m.group_id = ag.group_id AND m.held_on >= f.plan_from AND m.held_on < f.plan_until
          AND daterange(g.responsible_from, g.responsible_until) @> m.held_on::date
        OFFSET 0
    ) m
    UNION ALL
    SELECT am.action_id, am.meeting_id
    FROM action_meetings am
    JOIN actions a ON a.id = am.action_id
    JOIN frameworks f ON f.id = a.framework_id
    JOIN meetings m ON m.id = am.meeting_id
    WHERE m.held_on >= f.plan_from AND m.held_on < f.plan_until;

CREATE OR REPLACE VIEW meetings_of_targets AS
    SELECT DISTINCT ta.target_id, moa.meeting_id
    FROM target_actions ta
    JOIN targets t ON t.id = ta.target_id
    CROSS JOIN LATERAL (
        SELECT moa.meeting_id FROM meetings_of_actions moa WHERE moa.action_id = ta.action_id OFFSET 0
    ) moa
    JOIN meetings m ON m.id = moa.meeting_id
    WHERE (NOT EXISTS (SELECT FROM target_groups tg WHERE tg.target_id = t.id)
           OR EXISTS (SELECT FROM target_groups tg WHERE tg.target_id = t.id AND tg.group_id = m.group_id))
      AND (COALESCE(jsonb_array_length(t.measure #> '{selector,meeting_kinds}'), 0) = 0
           OR t.measure #> '{selector,meeting_kinds}' ? m.kind);

CALL keep_known_view('meetings_of_actions');
CALL keep_known_view('meetings_of_targets');

-- A seat's line at a meeting: one row, whichever index the planner takes.
DROP INDEX attendance_seat_id;
CREATE INDEX attendance_seat_id ON attendance (seat_id, meeting_id);
