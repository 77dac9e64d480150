CREATE DOMAIN meeting_kind AS text
    CHECK (VALUE IN ('meeting', 'event', 'conference', 'summit', 'master_class', 'reception', 'programme'));
CREATE DOMAIN meeting_status AS text CHECK (VALUE IN ('scheduled', 'held', 'inquorate', 'cancelled'));
CREATE DOMAIN date_precision AS text CHECK (VALUE IN ('day', 'month', 'year'));
CREATE DOMAIN register_state AS text CHECK (VALUE IN ('open', 'closed', 'not_kept'));
CREATE DOMAIN attendance_status AS text
    CHECK (VALUE IN ('present', 'present_virtual', 'substitute', 'apologies', 'absent', 'in_attendance'));

CREATE TABLE meetings (
    id uuid PRIMARY KEY,
    group_id uuid CONSTRAINT meetings_group REFERENCES groups (id),
    kind meeting_kind NOT NULL DEFAULT 'meeting',
    title title NOT NULL,
    held_on day NOT NULL,
    date_precision date_precision NOT NULL DEFAULT 'day',
    -- The last day on which it can have been, as precisely as it is known.
    latest_on date NOT NULL GENERATED ALWAYS AS (
        CASE date_precision::text
            WHEN 'month' THEN (date_trunc('month', held_on::timestamp) + interval '1 month - 1 day')::date
            WHEN 'year' THEN (date_trunc('year', held_on::timestamp) + interval '1 year - 1 day')::date
            ELSE held_on
        END) STORED,
    status meeting_status NOT NULL DEFAULT 'scheduled',
    register register_state NOT NULL DEFAULT 'open',
    notes prose,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX meetings_group_held ON meetings (group_id, held_on);
CREATE INDEX meetings_held_on ON meetings (held_on, id);
CREATE INDEX meetings_register ON meetings (register, held_on);
CREATE INDEX meetings_status ON meetings (status);
CREATE INDEX meetings_kind ON meetings (kind);
CALL keep_versions('meetings');
CALL keep_external_ids('meetings', 'meeting');

-- What a meeting was to be given: a briefing, an update, a lead officer. Null is not known.
CREATE TABLE meeting_deliverables (
    meeting_id uuid NOT NULL CONSTRAINT meeting_deliverables_meeting REFERENCES meetings (id) ON DELETE CASCADE,
    deliverable slug NOT NULL,
    delivered boolean,
    PRIMARY KEY (meeting_id, deliverable)
);
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON meeting_deliverables
    FOR EACH ROW EXECUTE FUNCTION touch_parent('meetings', 'meeting_id');

-- One line of a register: a seat's, a delegate's of a council at an open event, or a visitor's.
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
    CONSTRAINT attendance_seat FOREIGN KEY (seat_id, council_id) REFERENCES seats (id, council_id),
    CONSTRAINT attendance_is_of_a_seat_a_delegate_or_a_visitor CHECK (
        CASE WHEN seat_id IS NOT NULL
             THEN council_id IS NOT NULL AND delegate_ref IS NULL AND status <> 'in_attendance'
             ELSE delegate_ref IS NOT NULL AND (council_id IS NOT NULL OR status = 'in_attendance') END)
);
CREATE UNIQUE INDEX attendance_one_line_a_seat ON attendance (meeting_id, seat_id) INCLUDE (status)
    WHERE seat_id IS NOT NULL;
CREATE UNIQUE INDEX attendance_one_line_a_delegate
    ON attendance (meeting_id, COALESCE(council_id, '00000000-0000-0000-0000-000000000000'), delegate_ref)
    WHERE seat_id IS NULL;
CREATE INDEX attendance_meeting_id ON attendance (meeting_id);
CREATE INDEX attendance_seat_id ON attendance (seat_id);
CREATE INDEX attendance_council_id ON attendance (council_id);
CREATE INDEX attendance_status ON attendance (status);
CREATE INDEX attendance_created_at ON attendance (created_at, id);
CALL keep_versions('attendance');
CALL keep_external_ids('attendance', 'attendance');

-- A line must suit its meeting; one set-based look at all the lines of a statement. The meetings and seats are locked
-- before they are looked at: a meeting cancelled or a term ended meanwhile is seen, or has to wait and sees the line.
CREATE FUNCTION check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    PERFORM FROM meetings WHERE id IN (SELECT meeting_id FROM changed) ORDER BY id FOR SHARE;
    PERFORM FROM seats WHERE id IN (SELECT seat_id FROM changed) ORDER BY id FOR SHARE;
    PERFORM FROM councils WHERE id IN (SELECT council_id FROM changed) ORDER BY id FOR SHARE;
    SELECT fault INTO found
    FROM changed c
    JOIN meetings m ON m.id = c.meeting_id
    LEFT JOIN seats s ON s.id = c.seat_id
    LEFT JOIN councils o ON o.id = c.council_id
    CROSS JOIN LATERAL (SELECT CASE
        WHEN m.status = 'cancelled' THEN 'attendance_meeting_was_not_cancelled'
        WHEN m.register = 'not_kept' THEN 'attendance_register_is_kept'
        WHEN s.id IS NULL AND c.status <> 'in_attendance' AND m.group_id IS NOT NULL
            THEN 'attendance_delegate_at_open_event'
        WHEN c.status <> 'in_attendance' AND NOT daterange(o.exists_from, o.exists_until) @> m.held_on::date
            THEN 'attendance_council_exists'
        WHEN s.id IS NULL THEN NULL
        WHEN s.group_id IS DISTINCT FROM m.group_id THEN 'attendance_seat_of_the_group'
        WHEN NOT daterange(s.exists_from, s.exists_until) @> m.held_on::date
             OR NOT EXISTS (SELECT FROM seat_terms t
                            WHERE t.seat_id = s.id AND daterange(t.held_from, t.held_until) @> m.held_on::date)
            THEN 'attendance_seat_in_term'
    END AS fault) AS judged
    WHERE fault IS NOT NULL
    LIMIT 1;
    IF found IS NOT NULL THEN PERFORM refuse(found); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_new_lines AFTER INSERT ON attendance
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION check_lines();
CREATE TRIGGER check_changed_lines AFTER UPDATE ON attendance
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION check_lines();

-- Lines that no longer suit their meeting's date: their council, their seat or its term does not cover it.
CREATE VIEW lines_out_of_term AS
    SELECT a.meeting_id, a.seat_id, a.council_id
    FROM attendance a
    JOIN meetings m ON m.id = a.meeting_id
    JOIN councils c ON c.id = a.council_id
    LEFT JOIN seats s ON s.id = a.seat_id
    WHERE a.status <> 'in_attendance'
      AND (NOT daterange(c.exists_from, c.exists_until) @> m.held_on::date
           OR s.id IS NOT NULL
              AND (NOT daterange(s.exists_from, s.exists_until) @> m.held_on::date
                   OR NOT EXISTS (SELECT FROM seat_terms t
                                  WHERE t.seat_id = s.id AND daterange(t.held_from, t.held_until) @> m.held_on::date)));

-- A term, a seat, a council or a date on which lines rest may not move away from under them. What else the lines rest on
-- is locked first, so that two such changes cannot pass each other.
CREATE FUNCTION check_lines_still_in_term() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := to_jsonb(OLD);
    own uuid := changed ->> (CASE TG_TABLE_NAME WHEN 'seat_terms' THEN 'seat_id' ELSE 'id' END);
    out_of_term boolean;
BEGIN
    IF TG_TABLE_NAME = 'meetings' THEN
        PERFORM FROM seats WHERE id IN (SELECT seat_id FROM attendance WHERE meeting_id = own) ORDER BY id FOR SHARE;
        PERFORM FROM councils WHERE id IN (SELECT council_id FROM attendance WHERE meeting_id = own) ORDER BY id FOR SHARE;
        out_of_term := EXISTS (SELECT FROM lines_out_of_term WHERE meeting_id = own);
    ELSIF TG_TABLE_NAME = 'councils' THEN
        PERFORM FROM meetings WHERE id IN (SELECT meeting_id FROM attendance WHERE council_id = own) ORDER BY id FOR SHARE;
        out_of_term := EXISTS (SELECT FROM lines_out_of_term WHERE council_id = own);
    ELSE
        PERFORM FROM meetings WHERE id IN (SELECT meeting_id FROM attendance WHERE seat_id = own) ORDER BY id FOR SHARE;
        out_of_term := EXISTS (SELECT FROM lines_out_of_term WHERE seat_id = own);
    END IF;
    IF out_of_term THEN PERFORM refuse('attendance_rests_on_the_term'); END IF;
    RETURN NULL;
END $$;

-- What was expected at a closed register stays expected, line or no line: the seat with its role, its term, its council.
CREATE FUNCTION keep_seat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse('seats_rest_in_closed_registers') FROM meetings m
    JOIN seat_terms t ON t.seat_id = OLD.id AND daterange(t.held_from, t.held_until) @> m.held_on::date
    WHERE m.group_id = OLD.group_id AND m.register = 'closed' AND m.status IN ('held', 'inquorate')
      AND daterange(OLD.exists_from, OLD.exists_until) @> m.held_on::date
      AND (TG_OP = 'DELETE' OR NEW.role <> OLD.role
           OR NOT daterange(NEW.exists_from, NEW.exists_until) @> m.held_on::date)
    LIMIT 1;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION keep_term() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse('seats_rest_in_closed_registers') FROM seats s
    JOIN meetings m ON m.group_id = s.group_id
    WHERE s.id = OLD.seat_id AND m.register = 'closed' AND m.status IN ('held', 'inquorate')
      AND daterange(OLD.held_from, OLD.held_until) @> m.held_on::date
      AND daterange(s.exists_from, s.exists_until) @> m.held_on::date
      AND NOT EXISTS (SELECT FROM seat_terms t
                      WHERE t.seat_id = s.id AND daterange(t.held_from, t.held_until) @> m.held_on::date)
    LIMIT 1;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_council() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse('seats_rest_in_closed_registers') FROM councils_expected e
    JOIN meetings m ON m.id = e.meeting_id
    WHERE e.council_id = OLD.id AND m.register = 'closed' AND m.status IN ('held', 'inquorate')
      AND NOT daterange(NEW.exists_from, NEW.exists_until) @> m.held_on::date
    LIMIT 1;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_seat BEFORE DELETE OR UPDATE OF role, exists_from, exists_until ON seats
    FOR EACH ROW EXECUTE FUNCTION keep_seat();
CREATE CONSTRAINT TRIGGER keep_term AFTER UPDATE OR DELETE ON seat_terms
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_term();
CREATE TRIGGER keep_council BEFORE UPDATE OF exists_from, exists_until ON councils
    FOR EACH ROW EXECUTE FUNCTION keep_council();

-- A meeting that is cancelled, or whose register is given up, has no lines.
CREATE FUNCTION check_meeting_without_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM attendance WHERE meeting_id = NEW.id) THEN
        PERFORM refuse('meetings_with_lines_are_held');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER check_meeting_without_lines AFTER UPDATE OF status, register ON meetings
    FOR EACH ROW WHEN (NEW.status::text = 'cancelled' OR NEW.register::text = 'not_kept')
    EXECUTE FUNCTION check_meeting_without_lines();

CREATE CONSTRAINT TRIGGER check_lines_of_meeting AFTER UPDATE OF held_on ON meetings
    FOR EACH ROW EXECUTE FUNCTION check_lines_still_in_term();
CREATE CONSTRAINT TRIGGER check_lines_of_council AFTER UPDATE OF exists_from, exists_until ON councils
    FOR EACH ROW EXECUTE FUNCTION check_lines_still_in_term();
CREATE CONSTRAINT TRIGGER check_lines_of_seat AFTER UPDATE OF exists_from, exists_until ON seats
    FOR EACH ROW EXECUTE FUNCTION check_lines_still_in_term();
CREATE CONSTRAINT TRIGGER check_lines_of_term AFTER UPDATE OR DELETE ON seat_terms
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_lines_still_in_term();

-- The returned forms of one meeting for one question: the scale from worst to best, and how many chose each.
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
CALL keep_versions('evaluations');
CALL keep_external_ids('evaluations', 'evaluation');

CREATE TABLE evaluation_ratings (
    evaluation_id uuid NOT NULL CONSTRAINT evaluation_ratings_evaluation REFERENCES evaluations (id) ON DELETE CASCADE,
    position integer NOT NULL CONSTRAINT evaluation_ratings_position CHECK (position BETWEEN 0 AND 19),
    rating slug NOT NULL,
    forms tally NOT NULL,
    PRIMARY KEY (evaluation_id, position),
    CONSTRAINT evaluation_ratings_are_distinct UNIQUE (evaluation_id, rating) DEFERRABLE INITIALLY IMMEDIATE
);
-- No more forms come back than were handed out.
CREATE FUNCTION check_forms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    evaluation uuid := to_jsonb(NEW) ->> (CASE TG_TABLE_NAME WHEN 'evaluations' THEN 'id' ELSE 'evaluation_id' END);
BEGIN
    IF EXISTS (SELECT FROM evaluations e
               WHERE e.id = evaluation
                 AND e.handed_out < (SELECT sum(r.forms) FROM evaluation_ratings r WHERE r.evaluation_id = e.id)) THEN
        PERFORM refuse('evaluations_forms_within_handed_out');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER check_forms AFTER INSERT OR UPDATE OF handed_out ON evaluations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.handed_out IS NOT NULL) EXECUTE FUNCTION check_forms();
CREATE CONSTRAINT TRIGGER check_forms AFTER INSERT OR UPDATE ON evaluation_ratings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_forms();
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON evaluation_ratings
    FOR EACH ROW EXECUTE FUNCTION touch_parent('evaluations', 'evaluation_id');

-- The councils that a meeting expects: those that exist on the day, at a group's meeting by a seat that somebody holds;
-- a cancelled meeting expects nobody.
CREATE VIEW councils_expected AS
    SELECT m.id AS meeting_id, s.council_id
    FROM meetings m
    JOIN seats s ON s.group_id = m.group_id AND daterange(s.exists_from, s.exists_until) @> m.held_on::date
    JOIN seat_terms t ON t.seat_id = s.id AND daterange(t.held_from, t.held_until) @> m.held_on::date
    JOIN councils c ON c.id = s.council_id AND daterange(c.exists_from, c.exists_until) @> m.held_on::date
    WHERE m.status <> 'cancelled'
    UNION
    SELECT m.id, c.id
    FROM meetings m
    JOIN councils c ON daterange(c.exists_from, c.exists_until) @> m.held_on::date
    WHERE m.group_id IS NULL AND m.status <> 'cancelled';
