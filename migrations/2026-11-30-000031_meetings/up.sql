-- The day from which a meeting counts, and on which its seats, terms and councils are read: the last day of the month or year
-- to which its date is known, but within the plan year of that date.
CREATE FUNCTION counts_on(held_on date, latest_on date) RETURNS date IMMUTABLE LANGUAGE sql
    RETURN LEAST(latest_on, (plan_year_of(held_on) + interval '1 year')::date - 1);

-- What was read on the first day of that period is read on its last.
CREATE OR REPLACE FUNCTION line_fault(meeting uuid, seat uuid, council uuid, says text) RETURNS TABLE (fault text)
STABLE LANGUAGE sql AS $$
    SELECT CASE
        WHEN seat IS NOT NULL AND says = 'in_attendance' OR seat IS NULL AND council IS NULL AND says <> 'in_attendance'
            THEN 'attendance_is_of_a_seat_a_delegate_or_a_visitor'
        WHEN m.status = 'cancelled' THEN 'attendance_meeting_was_not_cancelled'
        WHEN m.register = 'not_kept' THEN 'attendance_register_is_kept'
        WHEN s.id IS NULL AND says <> 'in_attendance' AND m.group_id IS NOT NULL
            THEN 'attendance_delegate_at_open_event'
        WHEN says <> 'in_attendance' AND NOT daterange(o.exists_from, o.exists_until) @> counts_on(m.held_on, m.latest_on)
            THEN 'attendance_council_exists'
        WHEN s.id IS NULL THEN NULL
        WHEN s.group_id IS DISTINCT FROM m.group_id THEN 'attendance_seat_of_the_group'
        WHEN NOT daterange(s.exists_from, s.exists_until) @> counts_on(m.held_on, m.latest_on)
             OR NOT EXISTS (SELECT FROM seat_terms t
                            WHERE t.seat_id = s.id AND daterange(t.held_from, t.held_until) @> counts_on(m.held_on, m.latest_on))
            THEN 'attendance_seat_in_term'
    END
    FROM meetings m
    LEFT JOIN seats s ON s.id = seat
    LEFT JOIN councils o ON o.id = council
    WHERE m.id = meeting
$$;

CREATE OR REPLACE VIEW lines_out_of_term AS
    SELECT a.meeting_id, a.seat_id, a.council_id
    FROM attendance a
    JOIN meetings m ON m.id = a.meeting_id
    JOIN councils c ON c.id = a.council_id
    LEFT JOIN seats s ON s.id = a.seat_id
    WHERE a.status <> 'in_attendance'
      AND (NOT daterange(c.exists_from, c.exists_until) @> counts_on(m.held_on, m.latest_on)
           OR s.id IS NOT NULL
              AND (NOT daterange(s.exists_from, s.exists_until) @> counts_on(m.held_on, m.latest_on)
                   OR NOT EXISTS (SELECT FROM seat_terms t
                                  WHERE t.seat_id = s.id AND daterange(t.held_from, t.held_until) @> counts_on(m.held_on, m.latest_on))));

CREATE OR REPLACE FUNCTION keep_seat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse('seats_rest_in_closed_registers') FROM meetings m
    JOIN seat_terms t ON t.seat_id = OLD.id AND daterange(t.held_from, t.held_until) @> counts_on(m.held_on, m.latest_on)
    WHERE m.group_id = OLD.group_id AND m.register = 'closed' AND m.status IN ('held', 'inquorate')
      AND daterange(OLD.exists_from, OLD.exists_until) @> counts_on(m.held_on, m.latest_on)
      AND (TG_OP = 'DELETE' OR NEW.role <> OLD.role
           OR NOT daterange(NEW.exists_from, NEW.exists_until) @> counts_on(m.held_on, m.latest_on))
    LIMIT 1;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE FUNCTION keep_term() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse('seats_rest_in_closed_registers') FROM seats s
    JOIN meetings m ON m.group_id = s.group_id
    WHERE s.id = OLD.seat_id AND m.register = 'closed' AND m.status IN ('held', 'inquorate')
      AND daterange(OLD.held_from, OLD.held_until) @> counts_on(m.held_on, m.latest_on)
      AND daterange(s.exists_from, s.exists_until) @> counts_on(m.held_on, m.latest_on)
      AND NOT EXISTS (SELECT FROM seat_terms t
                      WHERE t.seat_id = s.id AND daterange(t.held_from, t.held_until) @> counts_on(m.held_on, m.latest_on))
    LIMIT 1;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION keep_council() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse('seats_rest_in_closed_registers') FROM councils_expected e
    JOIN meetings m ON m.id = e.meeting_id
    WHERE e.council_id = OLD.id AND m.register = 'closed' AND m.status IN ('held', 'inquorate')
      AND NOT daterange(NEW.exists_from, NEW.exists_until) @> counts_on(m.held_on, m.latest_on)
    LIMIT 1;
    RETURN NEW;
END $$;

CREATE OR REPLACE VIEW councils_expected AS
    SELECT m.id AS meeting_id, s.council_id
    FROM meetings m
    JOIN seats s ON s.group_id = m.group_id AND daterange(s.exists_from, s.exists_until) @> counts_on(m.held_on, m.latest_on)
    JOIN seat_terms t ON t.seat_id = s.id AND daterange(t.held_from, t.held_until) @> counts_on(m.held_on, m.latest_on)
    JOIN councils c ON c.id = s.council_id AND daterange(c.exists_from, c.exists_until) @> counts_on(m.held_on, m.latest_on)
    WHERE m.status <> 'cancelled'
    UNION
    SELECT m.id, c.id
    FROM meetings m
    JOIN councils c ON daterange(c.exists_from, c.exists_until) @> counts_on(m.held_on, m.latest_on)
    WHERE m.group_id IS NULL AND m.status <> 'cancelled';

-- A line must suit its meeting's day, which also changes with the precision.
DROP TRIGGER check_lines_of_meeting ON meetings;
CREATE CONSTRAINT TRIGGER check_lines_of_meeting AFTER UPDATE OF held_on, date_precision ON meetings
    FOR EACH ROW EXECUTE FUNCTION check_lines_still_in_term();

-- The meetings held that count for a council as they do for a target: of groups while they were responsible, and those that
-- an action links in its plan year, whoever is responsible.
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
                      WHERE am.meeting_id = m.id AND m.held_on >= f.plan_from AND m.held_on < f.plan_until));

CREATE OR REPLACE VIEW registers_counted AS
    SELECT meeting_id, group_id, held_on, counts_on FROM meetings_counted WHERE register = 'closed';

-- A measure that names roles reads seats, so that open events are none of its meetings.
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
           OR t.measure #> '{selector,meeting_kinds}' ? m.kind)
      AND (m.group_id IS NOT NULL OR COALESCE(jsonb_array_length(t.measure -> 'roles'), 0) = 0);

CALL keep_known_view('councils_expected');
CALL keep_known_view('meetings_counted');
CALL keep_known_view('registers_counted');
CALL keep_known_view('meetings_of_targets');
