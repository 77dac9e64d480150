-- Writes of many attendance lines check less, and the change log is compressed faster.

-- Refuses lines that violate a rule. First locks the meetings, seats and councils that the lines
-- reference, so a concurrent change of these rows waits or is visible to the check.
CREATE FUNCTION refuse_violating_lines(line_ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    PERFORM FROM meetings WHERE id IN (SELECT meeting_id FROM attendance WHERE id = ANY (line_ids))
    ORDER BY id FOR SHARE;
    PERFORM FROM seats WHERE id IN (SELECT seat_id FROM attendance WHERE id = ANY (line_ids))
    ORDER BY id FOR SHARE;
    PERFORM FROM councils WHERE id IN (SELECT council_id FROM attendance WHERE id = ANY (line_ids))
    ORDER BY id FOR SHARE;
    SELECT judged.rule INTO found
    FROM attendance a
    CROSS JOIN LATERAL violated_line_rule(a.meeting_id, a.seat_id, a.council_id, a.status) judged
    WHERE a.id = ANY (line_ids) AND judged.rule IS NOT NULL
    LIMIT 1;
    IF found IS NOT NULL THEN PERFORM raise_check_violation(found); END IF;
END $$;

-- Checks new lines, and changed lines whose meeting, seat or council has changed or that begin or
-- cease to be about a visitor. No other change of a line can violate a rule: the triggers of
-- meetings, seats, terms and councils refuse changes after which an existing line would violate
-- one.
CREATE OR REPLACE FUNCTION check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line_ids uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        line_ids := ARRAY(SELECT id FROM rows_after);
    ELSE
        line_ids := ARRAY(
            SELECT now.id FROM rows_before was JOIN rows_after now USING (id)
            WHERE (was.meeting_id, was.seat_id, was.council_id, was.status = 'in_attendance')
                  IS DISTINCT FROM
                  (now.meeting_id, now.seat_id, now.council_id, now.status = 'in_attendance'));
    END IF;
    IF cardinality(line_ids) > 0 THEN PERFORM refuse_violating_lines(line_ids); END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER check_new_lines AFTER INSERT ON attendance
    REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION check_lines();
CREATE OR REPLACE TRIGGER check_changed_lines AFTER UPDATE ON attendance
    REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION check_lines();

-- LZ4 takes a fraction of the time of PostgreSQL's own compression. Some builds of PostgreSQL do
-- not have it.
DO $$ BEGIN
    ALTER TABLE changes ALTER COLUMN before SET COMPRESSION lz4, ALTER COLUMN after SET COMPRESSION lz4;
    ALTER TABLE idempotent_responses ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;
