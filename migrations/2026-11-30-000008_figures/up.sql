-- Views and functions from which figures are derived, and their history views.

-- The meetings of an action in its plan year: those of its groups while the association was
-- responsible for the group, and those that the action references. The lateral join with OFFSET 0
-- makes the planner read the meetings of one group at a time by the index meetings_group_held.
-- Without it, the planner reads the meetings of every year.
CREATE VIEW meetings_of_actions AS
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
CALL create_history_view_of_view('meetings_of_actions');

-- The meetings that the measure of a target reads: those of its actions that its selector selects,
-- each once. A measure of roles reads seats, so it reads no open events.
CREATE VIEW meetings_of_targets AS
    SELECT DISTINCT ta.target_id, moa.meeting_id
    FROM target_actions ta
    JOIN targets t ON t.id = ta.target_id
    CROSS JOIN LATERAL (
        SELECT moa.meeting_id FROM meetings_of_actions moa
        WHERE moa.action_id = ta.action_id OFFSET 0
    ) moa
    JOIN meetings m ON m.id = moa.meeting_id
    WHERE (NOT EXISTS (SELECT FROM target_groups tg WHERE tg.target_id = t.id)
           OR EXISTS (SELECT FROM target_groups tg
                      WHERE tg.target_id = t.id AND tg.group_id = m.group_id))
      AND (COALESCE(jsonb_array_length(t.measure #> '{selector,meeting_kinds}'), 0) = 0
           OR t.measure #> '{selector,meeting_kinds}' ? m.kind)
      AND (m.group_id IS NOT NULL OR COALESCE(jsonb_array_length(t.measure -> 'roles'), 0) = 0);
CALL create_history_view_of_view('meetings_of_targets');

-- The meetings that count for a council: held meetings of groups while the association was
-- responsible, and those that an action references in its plan year.
CREATE VIEW meetings_counted AS
    SELECT m.id AS meeting_id, m.group_id, m.held_on::date AS held_on, m.register,
           counts_on(m.held_on, m.latest_on) AS counts_on
    FROM meetings m
    LEFT JOIN groups g ON g.id = m.group_id
    WHERE m.status IN ('held', 'inquorate')
      AND (daterange(g.responsible_from, g.responsible_until) @> m.held_on::date
           OR EXISTS (SELECT FROM action_meetings am
                      JOIN actions a ON a.id = am.action_id
                      JOIN frameworks f ON f.id = a.framework_id
                      WHERE am.meeting_id = m.id
                        AND m.held_on >= f.plan_from AND m.held_on < f.plan_until));
CALL create_history_view_of_view('meetings_counted');

-- The closed registers of these meetings.
CREATE VIEW registers_counted AS
    SELECT meeting_id, group_id, held_on, counts_on FROM meetings_counted
    WHERE register = 'closed';
CALL create_history_view_of_view('registers_counted');

-- The days from which a meeting counts, one for each plan year that contains it: its last possible
-- day, or the last day of the year.
CREATE FUNCTION counted_days(held_on date, latest_on date) RETURNS datemultirange
STABLE LANGUAGE sql AS $$
    SELECT COALESCE(range_agg(daterange(day, day, '[]')), '{}')
    FROM (SELECT LEAST(latest_on, f.plan_until - 1) AS day FROM frameworks f
          WHERE held_on >= f.plan_from AND held_on < f.plan_until) counted
$$;

-- The day on which each entry of these targets is corrected: the first day of any entry that
-- follows it in its chain of corrections. The entry counts on the days before.
CREATE FUNCTION corrections_of(target_ids uuid[])
RETURNS TABLE (entry_id uuid, corrected_on date) STABLE LANGUAGE sql AS $$
    WITH RECURSIVE chain AS (
        SELECT p.supersedes_id AS entry_id, p.id, p.occurred_on::date AS occurred_on
        FROM progress p WHERE p.target_id = ANY (target_ids) AND p.supersedes_id IS NOT NULL
        UNION
        SELECT chain.entry_id, p.id, p.occurred_on::date
        FROM chain JOIN progress p ON p.supersedes_id = chain.id
    )
    SELECT chain.entry_id, min(chain.occurred_on) FROM chain GROUP BY chain.entry_id
$$;
