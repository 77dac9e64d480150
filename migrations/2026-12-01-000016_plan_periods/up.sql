-- A framework covers a plan period: it begins on any day and is 1 to 60 whole months long.

-- Returns the number of months from the month of one day to the month of another.
CREATE FUNCTION months_between(earlier date, later date) RETURNS integer IMMUTABLE LANGUAGE sql
    RETURN ((extract(year FROM later) - extract(year FROM earlier)) * 12
            + extract(month FROM later) - extract(month FROM earlier))::integer;

-- Returns the day that is a number of months after a day, or before it for a negative number. In a
-- shorter month the result is the last day of the month.
CREATE FUNCTION add_months(day date, months integer) RETURNS date IMMUTABLE LANGUAGE sql
    RETURN (day + make_interval(months => months))::date;

-- Returns whether a plan period is 1 to 60 whole months long and ends in the supported years. The
-- months are added to the first day, so a period that begins on 31 January may end on 28 February.
CREATE FUNCTION is_plan_period(plan_from date, plan_until date) RETURNS boolean
IMMUTABLE LANGUAGE sql RETURN
    months_between(plan_from, plan_until) BETWEEN 1 AND 60
    AND plan_until = add_months(plan_from, months_between(plan_from, plan_until))
    AND plan_until <= DATE '2100-12-31';

-- The column keeps its values. Lines of the change log contain it already, so the history view
-- needs no change.
ALTER TABLE frameworks ALTER COLUMN plan_until DROP EXPRESSION;
ALTER TABLE frameworks DROP CONSTRAINT frameworks_begin_in_april;
ALTER TABLE frameworks ADD CONSTRAINT frameworks_cover_a_plan_period
    CHECK (is_plan_period(plan_from, plan_until));
CALL create_resource_triggers('frameworks');

-- Sets the end of a new framework without an end to twelve months after its first day.
CREATE FUNCTION set_plan_until() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.plan_until := add_months(NEW.plan_from, 12);
    RETURN NEW;
END $$;
CREATE TRIGGER set_plan_until BEFORE INSERT ON frameworks
    FOR EACH ROW WHEN (NEW.plan_until IS NULL) EXECUTE FUNCTION set_plan_until();

-- Refuses to change the plan period of a framework.
CREATE FUNCTION refuse_plan_period_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM raise_check_violation(CASE WHEN OLD.plan_from <> NEW.plan_from
        THEN 'frameworks_keep_their_first_day' ELSE 'frameworks_keep_their_last_day' END);
    RETURN NULL;
END $$;
DROP TRIGGER refuse_plan_year_change ON frameworks;
DROP FUNCTION refuse_plan_year_change;
CREATE TRIGGER refuse_plan_period_change BEFORE UPDATE OF plan_from, plan_until ON frameworks
    FOR EACH ROW WHEN ((OLD.plan_from, OLD.plan_until) IS DISTINCT FROM (NEW.plan_from, NEW.plan_until))
    EXECUTE FUNCTION refuse_plan_period_change();

-- Returns the day in an earlier plan period that corresponds to a day of a plan period. The number
-- of months between both days equals the number between the first days of the periods. The last
-- day corresponds to the last day if both periods have the same number of months. No day after the
-- earlier period corresponds to a day, and no day before it corresponds to a day of the period.
CREATE FUNCTION corresponding_day(
    day date, plan_from date, plan_until date, earlier_from date, earlier_until date
) RETURNS date IMMUTABLE LANGUAGE sql RETURN CASE
    WHEN day = plan_until - 1
         AND months_between(plan_from, plan_until) = months_between(earlier_from, earlier_until)
        THEN earlier_until - 1
    WHEN day < plan_from
        THEN LEAST(add_months(day, -months_between(earlier_from, plan_from)), earlier_until - 1)
    ELSE LEAST(GREATEST(add_months(day, -months_between(earlier_from, plan_from)), earlier_from),
               earlier_until - 1) END;

-- Frequencies of readings

ALTER DOMAIN frequency DROP CONSTRAINT frequency_check;
ALTER DOMAIN frequency ADD CONSTRAINT frequency_check CHECK (VALUE IN (
    'every_two_years', 'annual', 'half_yearly', 'three_a_year', 'quarterly', 'every_two_months',
    'monthly', 'twice_a_month', 'on_demand', 'unknown'));
ALTER TABLE targets DROP CONSTRAINT targets_frequencies_are_known;
ALTER TABLE targets ADD CONSTRAINT targets_frequencies_are_known CHECK (
    cardinality(frequencies) BETWEEN 1 AND 10
    AND frequencies <@ ARRAY[
        'every_two_years', 'annual', 'half_yearly', 'three_a_year', 'quarterly', 'every_two_months',
        'monthly', 'twice_a_month', 'on_demand', 'unknown']);

-- The day from which a meeting counts for a target: the last day of the month or year to which the
-- meeting's date is known, but not later than the last day of the plan period. The function
-- counts_on does not change. It returns the day on which a seat, a term or a council must exist to
-- be expected. This day depends on the meeting alone, because plan periods may overlap.

CREATE OR REPLACE VIEW coverage_measures AS
    SELECT t.id AS target_id, f.plan_from::date AS plan_from,
           t.measure ->> 'basis' AS basis,
           t.measure ->> 'when' = 'during' AS is_during,
           t.measure ->> 'over_occasions' = 'distinct' AS is_distinct,
           ARRAY(SELECT jsonb_array_elements_text(t.measure -> 'council_kinds')) AS kinds,
           f.plan_until
    FROM targets t
    JOIN frameworks f ON f.id = t.framework_id
    WHERE t.measure_kind = 'council_coverage';
CALL create_history_view_of_view('coverage_measures');

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
      AND LEAST(m.latest_on, r.plan_until - 1) <= r.as_at
$$;
