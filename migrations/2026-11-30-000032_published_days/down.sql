DROP FUNCTION lasting_content(json), lasting_days(json);

CREATE PROCEDURE close_periods_again(closed text, rows_of text) LANGUAGE plpgsql AS $$
DECLARE
    event text;
BEGIN
    FOREACH event IN ARRAY ARRAY['insert', 'delete', 'update'] LOOP
        EXECUTE format('DROP TRIGGER %I ON %I', 'period_' || event, closed);
    END LOOP;
    CALL close_periods(closed, rows_of);
END $$;
CALL close_periods_again('meetings',
    'SELECT r.id::text AS key, jsonb_build_array(r.group_id, r.kind, r.held_on, r.status, r.register) AS counts,
            on_day(r.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id FROM %I r');
CALL close_periods_again('meeting_deliverables',
    'SELECT concat(r.meeting_id, ''/'', r.deliverable) AS key, jsonb_build_array(r.delivered) AS counts,
            on_day(m.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN meetings m ON m.id = r.meeting_id');
CALL close_periods_again('attendance',
    'SELECT r.id::text AS key, jsonb_build_array(r.meeting_id, r.seat_id, r.council_id, r.delegate_ref, r.status) AS counts,
            on_day(m.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN meetings m ON m.id = r.meeting_id');
CALL close_periods_again('evaluations',
    'SELECT r.id::text AS key, jsonb_build_array(r.meeting_id, r.question, r.handed_out) AS counts,
            on_day(m.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN meetings m ON m.id = r.meeting_id');
CALL close_periods_again('evaluation_ratings',
    'SELECT concat(r.evaluation_id, ''/'', r.position) AS key, jsonb_build_array(r.rating, r.forms) AS counts,
            on_day(m.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN evaluations e ON e.id = r.evaluation_id JOIN meetings m ON m.id = e.meeting_id');
DROP PROCEDURE close_periods_again(text, text);
DROP FUNCTION are_published(datemultirange), counted_days(date, date);

DROP TRIGGER keep_council ON councils;
CREATE TRIGGER keep_council BEFORE UPDATE OF exists_from, exists_until ON councils
    FOR EACH ROW EXECUTE FUNCTION keep_council();
DROP TRIGGER keep_changed_seat ON seats;
DROP TRIGGER keep_seat ON seats;
CREATE TRIGGER keep_seat BEFORE DELETE OR UPDATE OF role, exists_from, exists_until ON seats
    FOR EACH ROW EXECUTE FUNCTION keep_seat();
