-- When a sender last saw what it reports about a key, put or withdrawn: an older report that arrives late is not applied.
CREATE TABLE observations (
    resource text NOT NULL,
    key text NOT NULL,
    observed_at timestamptz NOT NULL,
    -- Whoever changes the row after this knows better.
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (resource, key)
);

-- An answer to a bulk request is not of one resource: it has neither a place nor a tag.
ALTER TABLE idempotent_answers ALTER COLUMN location DROP NOT NULL, ALTER COLUMN etag DROP NOT NULL;

-- What stands against a line, or null: looked at by the trigger below, and by a bulk request before it writes.
CREATE FUNCTION line_fault(meeting uuid, seat uuid, council uuid, says text) RETURNS TABLE (fault text)
STABLE LANGUAGE sql AS $$
    SELECT CASE
        WHEN seat IS NOT NULL AND says = 'in_attendance' OR seat IS NULL AND council IS NULL AND says <> 'in_attendance'
            THEN 'attendance_is_of_a_seat_a_delegate_or_a_visitor'
        WHEN m.status = 'cancelled' THEN 'attendance_meeting_was_not_cancelled'
        WHEN m.register = 'not_kept' THEN 'attendance_register_is_kept'
        WHEN s.id IS NULL AND says <> 'in_attendance' AND m.group_id IS NOT NULL
            THEN 'attendance_delegate_at_open_event'
        WHEN says <> 'in_attendance' AND NOT daterange(o.exists_from, o.exists_until) @> m.held_on::date
            THEN 'attendance_council_exists'
        WHEN s.id IS NULL THEN NULL
        WHEN s.group_id IS DISTINCT FROM m.group_id THEN 'attendance_seat_of_the_group'
        WHEN NOT daterange(s.exists_from, s.exists_until) @> m.held_on::date
             OR NOT EXISTS (SELECT FROM seat_terms t
                            WHERE t.seat_id = s.id AND daterange(t.held_from, t.held_until) @> m.held_on::date)
            THEN 'attendance_seat_in_term'
    END
    FROM meetings m
    LEFT JOIN seats s ON s.id = seat
    LEFT JOIN councils o ON o.id = council
    WHERE m.id = meeting
$$;

CREATE OR REPLACE FUNCTION check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    PERFORM FROM meetings WHERE id IN (SELECT meeting_id FROM changed) ORDER BY id FOR SHARE;
    PERFORM FROM seats WHERE id IN (SELECT seat_id FROM changed) ORDER BY id FOR SHARE;
    PERFORM FROM councils WHERE id IN (SELECT council_id FROM changed) ORDER BY id FOR SHARE;
    SELECT judged.fault INTO found
    FROM changed c CROSS JOIN LATERAL line_fault(c.meeting_id, c.seat_id, c.council_id, c.status) judged
    WHERE judged.fault IS NOT NULL
    LIMIT 1;
    IF found IS NOT NULL THEN PERFORM refuse(found); END IF;
    RETURN NULL;
END $$;
