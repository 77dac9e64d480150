ALTER TABLE idempotent_responses ALTER COLUMN body SET COMPRESSION DEFAULT;
ALTER TABLE changes ALTER COLUMN before SET COMPRESSION DEFAULT, ALTER COLUMN after SET COMPRESSION DEFAULT;
CREATE OR REPLACE FUNCTION check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE OR REPLACE TRIGGER check_new_lines AFTER INSERT ON attendance
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION check_lines();
CREATE OR REPLACE TRIGGER check_changed_lines AFTER UPDATE ON attendance
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION check_lines();
DROP FUNCTION refuse_violating_lines(uuid[]);
