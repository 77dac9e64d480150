-- Meetings, attendance and evaluations, with the rules that connect them to seats and councils.

-- Meetings

CREATE DOMAIN meeting_kind AS text CHECK (VALUE IN (
    'meeting', 'event', 'conference', 'summit', 'master_class', 'reception', 'programme'));
CREATE DOMAIN meeting_status AS text
    CHECK (VALUE IN ('scheduled', 'held', 'inquorate', 'cancelled'));
CREATE DOMAIN date_precision AS text CHECK (VALUE IN ('day', 'month', 'year'));
CREATE DOMAIN register_state AS text CHECK (VALUE IN ('open', 'closed', 'not_kept'));
CREATE DOMAIN attendance_status AS text CHECK (VALUE IN (
    'present', 'present_virtual', 'substitute', 'apologies', 'absent', 'in_attendance'));

CREATE TABLE meetings (
    id uuid PRIMARY KEY,
    -- Null for an open event, which expects every council.
    group_id uuid CONSTRAINT meetings_group REFERENCES groups (id),
    kind meeting_kind NOT NULL DEFAULT 'meeting',
    title title NOT NULL,
    held_on day NOT NULL,
    date_precision date_precision NOT NULL DEFAULT 'day',
    -- The last day on which the meeting can have been held. If only the month or year is known, it
    -- is the last day of that month or year.
    latest_on date NOT NULL GENERATED ALWAYS AS (
        CASE date_precision::text
            WHEN 'month'
                THEN (date_trunc('month', held_on::timestamp) + interval '1 month - 1 day')::date
            WHEN 'year'
                THEN (date_trunc('year', held_on::timestamp) + interval '1 year - 1 day')::date
            ELSE held_on
        END) STORED,
    status meeting_status NOT NULL DEFAULT 'scheduled',
    register register_state NOT NULL DEFAULT 'open',
    notes prose,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    -- The date for which the meeting was first entered. Datasets filter meetings by this day. The
    -- value never changes, so an analyst who fetches a dataset in parts gets each meeting exactly
    -- once.
    occurred_on day NOT NULL,
    -- Whether the group had several meetings with this title on this day.
    one_of_several boolean NOT NULL DEFAULT false,
    -- Whether the register was constructed to reproduce a published total. The lines of a
    -- constructed register are no evidence about a single council.
    constructed boolean NOT NULL DEFAULT false,
    CONSTRAINT meetings_text_is_normal CHECK (is_normal_line(title))
);
CREATE INDEX meetings_group_held ON meetings (group_id, held_on);
CREATE INDEX meetings_held_on ON meetings (held_on, id);
CREATE INDEX meetings_register ON meetings (register, held_on);
CREATE INDEX meetings_status ON meetings (status);
CREATE INDEX meetings_kind ON meetings (kind);
CREATE INDEX meetings_occurred_on ON meetings (occurred_on, id);
CREATE UNIQUE INDEX meetings_title_is_unique ON meetings
    (COALESCE(group_id, '00000000-0000-0000-0000-000000000000'), held_on, title)
    WHERE NOT one_of_several;
CALL create_resource_triggers('meetings');
CALL create_external_id_table('meetings', 'meeting');

-- The key by which imported and exported files reference each meeting: the key that an import gave
-- it, or its id.
CREATE VIEW meeting_keys AS
    SELECT m.id, COALESCE(x.external_id, m.id::text) AS key
    FROM meetings m
    LEFT JOIN meeting_external_ids x ON x.meeting_id = m.id AND x.system = 'import';
CALL create_history_view('meetings', 'meetings');

-- Sets occurred_on to the date for which the meeting is first entered. An update keeps the value.
CREATE FUNCTION set_occurred_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.occurred_on := CASE TG_OP WHEN 'INSERT' THEN NEW.held_on ELSE OLD.occurred_on END;
    RETURN NEW;
END $$;
CREATE TRIGGER set_occurred_on BEFORE INSERT OR UPDATE ON meetings
    FOR EACH ROW EXECUTE FUNCTION set_occurred_on();

-- Returns whether a meeting was held and its register is closed. Figures count only meetings for
-- which this function returns true.
CREATE FUNCTION has_closed_register(status text, register text) RETURNS boolean
IMMUTABLE LANGUAGE sql RETURN register = 'closed' AND status IN ('held', 'inquorate');

-- What a meeting was to get, such as a briefing or a lead officer. delivered is null if nobody
-- knows whether the meeting got it.
CREATE TABLE meeting_deliverables (
    meeting_id uuid NOT NULL
        CONSTRAINT meeting_deliverables_meeting REFERENCES meetings (id) ON DELETE CASCADE,
    deliverable slug NOT NULL,
    delivered boolean,
    PRIMARY KEY (meeting_id, deliverable)
);
CALL create_part_triggers('meeting_deliverables', 'meetings', 'meeting_id');
CALL create_history_view('meeting_deliverables', 'meetings');

-- Attendance

-- The lines of registers. A line is about a seat, a council's delegate at an open event, or a
-- visitor.
CREATE TABLE attendance (
    id uuid PRIMARY KEY,
    meeting_id uuid NOT NULL CONSTRAINT attendance_meeting REFERENCES meetings (id),
    seat_id uuid,
    council_id uuid CONSTRAINT attendance_council REFERENCES councils (id),
    delegate_ref one_line,
    attendee_name one_line,
    status attendance_status NOT NULL,
    note one_line,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT attendance_seat
        FOREIGN KEY (seat_id, council_id) REFERENCES seats (id, council_id),
    CONSTRAINT attendance_is_of_a_seat_a_delegate_or_a_visitor CHECK (
        CASE WHEN seat_id IS NOT NULL
             THEN council_id IS NOT NULL AND delegate_ref IS NULL AND status <> 'in_attendance'
             ELSE delegate_ref IS NOT NULL
                  AND (council_id IS NOT NULL OR status = 'in_attendance') END),
    CONSTRAINT attendance_text_is_normal CHECK (
        is_normal_line(delegate_ref) AND is_normal_line(attendee_name))
);
CREATE UNIQUE INDEX attendance_one_line_a_seat ON attendance (meeting_id, seat_id)
    INCLUDE (status) WHERE seat_id IS NOT NULL;
CREATE UNIQUE INDEX attendance_one_line_a_delegate ON attendance
    (meeting_id, COALESCE(council_id, '00000000-0000-0000-0000-000000000000'), delegate_ref)
    WHERE seat_id IS NULL;
CREATE INDEX attendance_meeting_id ON attendance (meeting_id);
CREATE INDEX attendance_seat_id ON attendance (seat_id, meeting_id);
CREATE INDEX attendance_council_id ON attendance (council_id);
CREATE INDEX attendance_status ON attendance (status);
CREATE INDEX attendance_created_at ON attendance (created_at, id);
CALL create_resource_triggers('attendance');
CALL create_external_id_table('attendance', 'attendance');
CALL create_history_view('attendance', 'attendance');

-- Returns the name of the rule that an attendance line would violate, or null. The trigger function
-- check_lines and bulk requests call this function.
CREATE FUNCTION violated_line_rule(meeting uuid, seat uuid, council uuid, line_status text)
RETURNS TABLE (rule text) STABLE LANGUAGE sql AS $$
    SELECT CASE
        WHEN seat IS NOT NULL AND line_status = 'in_attendance'
             OR seat IS NULL AND council IS NULL AND line_status <> 'in_attendance'
            THEN 'attendance_is_of_a_seat_a_delegate_or_a_visitor'
        WHEN m.status = 'cancelled' THEN 'attendance_meeting_was_not_cancelled'
        WHEN m.register = 'not_kept' THEN 'attendance_register_is_kept'
        WHEN s.id IS NULL AND line_status <> 'in_attendance' AND m.group_id IS NOT NULL
            THEN 'attendance_delegate_at_open_event'
        WHEN line_status <> 'in_attendance'
             AND NOT daterange(o.exists_from, o.exists_until) @> counts_on(m.held_on, m.latest_on)
            THEN 'attendance_council_exists'
        WHEN s.id IS NULL THEN NULL
        WHEN s.group_id IS DISTINCT FROM m.group_id THEN 'attendance_seat_of_the_group'
        WHEN NOT daterange(s.exists_from, s.exists_until) @> counts_on(m.held_on, m.latest_on)
             OR NOT EXISTS (SELECT FROM seat_terms t
                            WHERE t.seat_id = s.id
                              AND daterange(t.held_from, t.held_until)
                                  @> counts_on(m.held_on, m.latest_on))
            THEN 'attendance_seat_in_term'
    END
    FROM meetings m
    LEFT JOIN seats s ON s.id = seat
    LEFT JOIN councils o ON o.id = council
    WHERE m.id = meeting
$$;

-- Refuses lines that violate a rule. First locks the meetings, seats and councils that the lines
-- reference, so a concurrent change of these rows waits or is visible to the check.
CREATE FUNCTION check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    PERFORM FROM meetings WHERE id IN (SELECT meeting_id FROM changed) ORDER BY id FOR SHARE;
    PERFORM FROM seats WHERE id IN (SELECT seat_id FROM changed) ORDER BY id FOR SHARE;
    PERFORM FROM councils WHERE id IN (SELECT council_id FROM changed) ORDER BY id FOR SHARE;
    SELECT judged.rule INTO found
    FROM changed c
    CROSS JOIN LATERAL violated_line_rule(c.meeting_id, c.seat_id, c.council_id, c.status) judged
    WHERE judged.rule IS NOT NULL
    LIMIT 1;
    IF found IS NOT NULL THEN PERFORM raise_check_violation(found); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_new_lines AFTER INSERT ON attendance
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION check_lines();
CREATE TRIGGER check_changed_lines AFTER UPDATE ON attendance
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION check_lines();

-- Lines whose council or seat does not exist, or whose seat has no holder, on the day of the
-- meeting.
CREATE VIEW lines_out_of_term AS
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
                                  WHERE t.seat_id = s.id
                                    AND daterange(t.held_from, t.held_until)
                                        @> counts_on(m.held_on, m.latest_on))));

-- Refuses a change of a term, seat, council or meeting date after which an existing line would
-- appear in the view lines_out_of_term. First locks the other rows that the lines reference,
-- because two concurrent changes could otherwise both pass the check.
CREATE FUNCTION check_lines_in_term() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := to_jsonb(OLD);
    own uuid := changed ->> (CASE TG_TABLE_NAME WHEN 'seat_terms' THEN 'seat_id' ELSE 'id' END);
    out_of_term boolean;
BEGIN
    IF TG_TABLE_NAME = 'meetings' THEN
        PERFORM FROM seats
        WHERE id IN (SELECT seat_id FROM attendance WHERE meeting_id = own) ORDER BY id FOR SHARE;
        PERFORM FROM councils
        WHERE id IN (SELECT council_id FROM attendance WHERE meeting_id = own)
        ORDER BY id FOR SHARE;
        out_of_term := EXISTS (SELECT FROM lines_out_of_term WHERE meeting_id = own);
    ELSIF TG_TABLE_NAME = 'councils' THEN
        PERFORM FROM meetings
        WHERE id IN (SELECT meeting_id FROM attendance WHERE council_id = own)
        ORDER BY id FOR SHARE;
        out_of_term := EXISTS (SELECT FROM lines_out_of_term WHERE council_id = own);
    ELSE
        PERFORM FROM meetings
        WHERE id IN (SELECT meeting_id FROM attendance WHERE seat_id = own) ORDER BY id FOR SHARE;
        out_of_term := EXISTS (SELECT FROM lines_out_of_term WHERE seat_id = own);
    END IF;
    IF out_of_term THEN PERFORM raise_check_violation('attendance_needs_the_term'); END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER check_lines_of_meeting AFTER UPDATE OF held_on, date_precision ON meetings
    FOR EACH ROW EXECUTE FUNCTION check_lines_in_term();
CREATE CONSTRAINT TRIGGER check_lines_of_council
    AFTER UPDATE OF exists_from, exists_until ON councils
    FOR EACH ROW EXECUTE FUNCTION check_lines_in_term();
CREATE CONSTRAINT TRIGGER check_lines_of_seat AFTER UPDATE OF exists_from, exists_until ON seats
    FOR EACH ROW EXECUTE FUNCTION check_lines_in_term();
CREATE CONSTRAINT TRIGGER check_lines_of_term AFTER UPDATE OR DELETE ON seat_terms
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_lines_in_term();

-- Refuses to cancel a meeting, or to set its register to not_kept, while the register has lines.
CREATE FUNCTION check_meeting_without_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM attendance WHERE meeting_id = NEW.id) THEN
        PERFORM raise_check_violation('meetings_with_lines_are_held');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER check_meeting_without_lines AFTER UPDATE OF status, register ON meetings
    FOR EACH ROW WHEN (NEW.status::text = 'cancelled' OR NEW.register::text = 'not_kept')
    EXECUTE FUNCTION check_meeting_without_lines();

-- Closed registers

-- The councils that a meeting expects. A group's meeting expects each council with a seat that has
-- a holder on the day. An open event expects each council that exists on the day. A cancelled
-- meeting expects no council.
CREATE VIEW councils_expected AS
    SELECT m.id AS meeting_id, s.council_id
    FROM meetings m
    JOIN seats s ON s.group_id = m.group_id
        AND daterange(s.exists_from, s.exists_until) @> counts_on(m.held_on, m.latest_on)
    JOIN seat_terms t ON t.seat_id = s.id
        AND daterange(t.held_from, t.held_until) @> counts_on(m.held_on, m.latest_on)
    JOIN councils c ON c.id = s.council_id
        AND daterange(c.exists_from, c.exists_until) @> counts_on(m.held_on, m.latest_on)
    WHERE m.status <> 'cancelled'
    UNION
    SELECT m.id, c.id
    FROM meetings m
    JOIN councils c
        ON daterange(c.exists_from, c.exists_until) @> counts_on(m.held_on, m.latest_on)
    WHERE m.group_id IS NULL AND m.status <> 'cancelled';
CALL create_history_view_of_view('councils_expected');

-- The functions protect_seat, protect_term and protect_council refuse changes of rows that a closed
-- register expects, even if the register has no line about them.
CREATE FUNCTION protect_seat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM raise_check_violation('seats_in_closed_registers_are_kept') FROM meetings m
    JOIN seat_terms t ON t.seat_id = OLD.id
        AND daterange(t.held_from, t.held_until) @> counts_on(m.held_on, m.latest_on)
    WHERE m.group_id = OLD.group_id AND has_closed_register(m.status, m.register)
      AND daterange(OLD.exists_from, OLD.exists_until) @> counts_on(m.held_on, m.latest_on)
      AND (TG_OP = 'DELETE' OR NEW.role <> OLD.role
           OR NOT daterange(NEW.exists_from, NEW.exists_until)
                  @> counts_on(m.held_on, m.latest_on))
    LIMIT 1;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION protect_term() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM raise_check_violation('seats_in_closed_registers_are_kept') FROM seats s
    JOIN meetings m ON m.group_id = s.group_id
    WHERE s.id = OLD.seat_id AND has_closed_register(m.status, m.register)
      AND daterange(OLD.held_from, OLD.held_until) @> counts_on(m.held_on, m.latest_on)
      AND daterange(s.exists_from, s.exists_until) @> counts_on(m.held_on, m.latest_on)
      AND NOT EXISTS (SELECT FROM seat_terms t
                      WHERE t.seat_id = s.id
                        AND daterange(t.held_from, t.held_until)
                            @> counts_on(m.held_on, m.latest_on))
    LIMIT 1;
    RETURN NULL;
END $$;

CREATE FUNCTION protect_council() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM raise_check_violation('seats_in_closed_registers_are_kept') FROM councils_expected e
    JOIN meetings m ON m.id = e.meeting_id
    WHERE e.council_id = OLD.id AND has_closed_register(m.status, m.register)
      AND NOT daterange(NEW.exists_from, NEW.exists_until) @> counts_on(m.held_on, m.latest_on)
    LIMIT 1;
    RETURN NEW;
END $$;

-- BEFORE triggers run before check constraints. If a row ends before it begins, daterange would
-- raise an error. The triggers skip a row that ends before it begins, and a check constraint
-- refuses the row.
CREATE TRIGGER protect_seat BEFORE DELETE ON seats FOR EACH ROW EXECUTE FUNCTION protect_seat();
CREATE TRIGGER protect_changed_seat BEFORE UPDATE OF role, exists_from, exists_until ON seats
    FOR EACH ROW WHEN (COALESCE(NEW.exists_from::date < NEW.exists_until::date, true))
    EXECUTE FUNCTION protect_seat();
CREATE CONSTRAINT TRIGGER protect_term AFTER UPDATE OR DELETE ON seat_terms
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION protect_term();
CREATE TRIGGER protect_council BEFORE UPDATE OF exists_from, exists_until ON councils
    FOR EACH ROW WHEN (COALESCE(NEW.exists_from::date < NEW.exists_until::date, true))
    EXECUTE FUNCTION protect_council();

-- Evaluations

-- The evaluation forms that a meeting got for one question.
CREATE TABLE evaluations (
    id uuid PRIMARY KEY,
    meeting_id uuid NOT NULL CONSTRAINT evaluations_meeting REFERENCES meetings (id),
    question slug NOT NULL,
    handed_out tally,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT evaluations_one_a_question UNIQUE (meeting_id, question)
);
CREATE INDEX evaluations_question ON evaluations (question);
CREATE INDEX evaluations_created_at ON evaluations (created_at, id);
CALL create_resource_triggers('evaluations');
CALL create_external_id_table('evaluations', 'evaluation');
CALL create_history_view('evaluations', 'evaluations');

-- The rating scale for a question, from worst to best, with the number of forms for each rating.
CREATE TABLE evaluation_ratings (
    evaluation_id uuid NOT NULL
        CONSTRAINT evaluation_ratings_evaluation REFERENCES evaluations (id) ON DELETE CASCADE,
    position integer NOT NULL
        CONSTRAINT evaluation_ratings_position CHECK (position BETWEEN 0 AND 19),
    rating slug NOT NULL,
    forms tally NOT NULL,
    PRIMARY KEY (evaluation_id, position),
    CONSTRAINT evaluation_ratings_are_distinct UNIQUE (evaluation_id, rating)
        DEFERRABLE INITIALLY IMMEDIATE
);
CALL create_part_triggers('evaluation_ratings', 'evaluations', 'evaluation_id');
CALL create_history_view('evaluation_ratings', 'evaluations');

-- Refuses an evaluation with more returned forms than forms that were handed out.
CREATE FUNCTION check_forms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    evaluation uuid := to_jsonb(NEW)
        ->> (CASE TG_TABLE_NAME WHEN 'evaluations' THEN 'id' ELSE 'evaluation_id' END);
BEGIN
    IF EXISTS (SELECT FROM evaluations e
               WHERE e.id = evaluation
                 AND e.handed_out < (SELECT sum(r.forms) FROM evaluation_ratings r
                                     WHERE r.evaluation_id = e.id)) THEN
        PERFORM raise_check_violation('evaluations_forms_within_handed_out');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER check_forms AFTER INSERT OR UPDATE OF handed_out ON evaluations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.handed_out IS NOT NULL)
    EXECUTE FUNCTION check_forms();
CREATE CONSTRAINT TRIGGER check_forms AFTER INSERT OR UPDATE ON evaluation_ratings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_forms();
