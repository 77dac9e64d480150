-- The meetings a target's measure reads: those of its actions, narrowed by its selector. Each once, though it serve
-- two of the target's actions.
CREATE VIEW meetings_of_targets AS
    SELECT DISTINCT ta.target_id, moa.meeting_id
    FROM target_actions ta
    JOIN targets t ON t.id = ta.target_id
    JOIN meetings_of_actions moa ON moa.action_id = ta.action_id
    JOIN meetings m ON m.id = moa.meeting_id
    WHERE (NOT EXISTS (SELECT FROM target_groups tg WHERE tg.target_id = t.id)
           OR EXISTS (SELECT FROM target_groups tg WHERE tg.target_id = t.id AND tg.group_id = m.group_id))
      AND (COALESCE(jsonb_array_length(t.measure #> '{selector,meeting_kinds}'), 0) = 0
           OR t.measure #> '{selector,meeting_kinds}' ? m.kind);
