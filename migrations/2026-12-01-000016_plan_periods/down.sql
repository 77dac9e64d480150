-- Fails if a framework does not begin on 1 April or is not twelve months long, or if a target has a
-- frequency of the migration.

CREATE OR REPLACE FUNCTION coverage_records(target_ids uuid[], dates date[])
RETURNS TABLE (
    target_id uuid, as_at date, occasion text, council_id uuid, occurred_on date, is_covered boolean,
    progress_id uuid
) STABLE LANGUAGE sql AS $$
    WITH requested AS (
        SELECT * FROM unnest(target_ids, dates) AS requested(target_id, as_at)
        JOIN coverage_measures USING (target_id)
    )
    SELECT * FROM coverage_entries(target_ids, dates)
    UNION ALL
    SELECT r.target_id, r.as_at, NULL, m.council_id, m.member_from::date,
           CASE WHEN r.is_during
                THEN m.member_from <= r.as_at AND COALESCE(m.member_until > r.plan_from, true) AND r.as_at >= r.plan_from
                ELSE daterange(m.member_from, m.member_until) @> r.as_at END,
           NULL
    FROM requested r
    JOIN council_memberships m ON r.basis = 'membership'
    UNION ALL
    SELECT r.target_id, r.as_at, NULL, a.council_id, m.held_on::date,
           a.status IN ('present', 'present_virtual', 'substitute'), NULL
    FROM requested r
    JOIN meetings_of_targets mot ON mot.target_id = r.target_id AND mot.target_id = ANY (target_ids)
    JOIN meetings m ON m.id = mot.meeting_id
    JOIN attendance a ON a.meeting_id = m.id AND a.council_id IS NOT NULL
         AND a.meeting_id = ANY (ARRAY(SELECT mot.meeting_id FROM meetings_of_targets mot
                                       WHERE mot.target_id = ANY (target_ids)))
    WHERE r.basis = 'attendance' AND has_closed_register(m.status, m.register)
      AND counts_on(m.held_on, m.latest_on) <= r.as_at
$$;

ALTER TABLE targets DROP CONSTRAINT targets_frequencies_are_known;
ALTER TABLE targets ADD CONSTRAINT targets_frequencies_are_known CHECK (
    cardinality(frequencies) BETWEEN 1 AND 8
    AND frequencies <@ ARRAY[
        'annual', 'half_yearly', 'quarterly', 'every_two_months', 'monthly', 'twice_a_month',
        'on_demand', 'unknown']);
ALTER DOMAIN frequency DROP CONSTRAINT frequency_check;
ALTER DOMAIN frequency ADD CONSTRAINT frequency_check CHECK (VALUE IN (
    'annual', 'half_yearly', 'quarterly', 'every_two_months', 'monthly', 'twice_a_month',
    'on_demand', 'unknown'));

DROP FUNCTION corresponding_day;
DROP TRIGGER refuse_plan_period_change ON frameworks;
DROP TRIGGER set_plan_until ON frameworks;
DROP FUNCTION refuse_plan_period_change, set_plan_until;
CREATE FUNCTION refuse_plan_year_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM raise_check_violation('frameworks_keep_their_year');
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_plan_year_change BEFORE UPDATE OF plan_from ON frameworks
    FOR EACH ROW WHEN (OLD.plan_from <> NEW.plan_from)
    EXECUTE FUNCTION refuse_plan_year_change();

ALTER TABLE frameworks ADD CONSTRAINT frameworks_cover_a_year
    CHECK (plan_until = add_months(plan_from, 12));
ALTER TABLE frameworks DROP CONSTRAINT frameworks_cover_a_year;
ALTER TABLE frameworks DROP CONSTRAINT frameworks_cover_a_plan_period;
DROP FUNCTION is_plan_period, add_months, months_between;
-- A column can only become a generated column if it is added again. CASCADE drops the views that
-- read it.
ALTER TABLE frameworks DROP COLUMN plan_until CASCADE;
ALTER TABLE frameworks ADD COLUMN plan_until date NOT NULL
    GENERATED ALWAYS AS ((plan_from + interval '1 year')::date) STORED;
ALTER TABLE frameworks ADD CONSTRAINT frameworks_begin_in_april CHECK (
    extract(month FROM plan_from) = 4 AND extract(day FROM plan_from) = 1
    AND extract(year FROM plan_from) < 2100);
CALL create_resource_triggers('frameworks');
DROP FUNCTION IF EXISTS known.past_frameworks CASCADE;
CALL create_history_view('frameworks', 'frameworks');
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
CREATE VIEW meetings_counted AS
    SELECT m.id AS meeting_id, m.held_on::date AS held_on, m.register, m.constructed,
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
CREATE VIEW registers_counted AS
    SELECT meeting_id, held_on, constructed, counts_on FROM meetings_counted
    WHERE register = 'closed';
CALL create_history_view_of_view('registers_counted');
CREATE VIEW coverage_measures AS
    SELECT t.id AS target_id, f.plan_from::date AS plan_from,
           t.measure ->> 'basis' AS basis,
           t.measure ->> 'when' = 'during' AS is_during,
           t.measure ->> 'over_occasions' = 'distinct' AS is_distinct,
           ARRAY(SELECT jsonb_array_elements_text(t.measure -> 'council_kinds')) AS kinds
    FROM targets t
    JOIN frameworks f ON f.id = t.framework_id
    WHERE t.measure_kind = 'council_coverage';
CALL create_history_view_of_view('coverage_measures');
