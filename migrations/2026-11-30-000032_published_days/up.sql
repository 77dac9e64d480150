-- A BEFORE trigger runs ahead of the CHECK that refuses a row which ends before it begins: it leaves such a row to the CHECK,
-- because no range can be built from it.
DROP TRIGGER keep_seat ON seats;
CREATE TRIGGER keep_seat BEFORE DELETE ON seats FOR EACH ROW EXECUTE FUNCTION keep_seat();
CREATE TRIGGER keep_changed_seat BEFORE UPDATE OF role, exists_from, exists_until ON seats
    FOR EACH ROW WHEN (COALESCE(NEW.exists_from::date < NEW.exists_until::date, true)) EXECUTE FUNCTION keep_seat();
DROP TRIGGER keep_council ON councils;
CREATE TRIGGER keep_council BEFORE UPDATE OF exists_from, exists_until ON councils
    FOR EACH ROW WHEN (COALESCE(NEW.exists_from::date < NEW.exists_until::date, true)) EXECUTE FUNCTION keep_council();

-- The day from which a meeting counts, in each plan year that contains it: its last possible day, or the year's last day.
CREATE FUNCTION counted_days(held_on date, latest_on date) RETURNS datemultirange STABLE LANGUAGE sql AS $$
    SELECT COALESCE(range_agg(daterange(day, day, '[]')), '{}')
    FROM (SELECT LEAST(latest_on, f.plan_until - 1) AS day FROM frameworks f
          WHERE held_on >= f.plan_from AND held_on < f.plan_until) counted
$$;

-- Whether any of these days is in a published period.
CREATE FUNCTION are_published(days datemultirange) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM publications p
                   WHERE p.status = 'published' AND days && daterange(p.plan_from::date, p.as_at::date, '[]'))
$$;

-- The rows of a closed table, as keep_published reads them; called again when a table's rows are read otherwise.
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
            counted_days(r.held_on, r.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id FROM %I r');
CALL close_periods_again('meeting_deliverables',
    'SELECT concat(r.meeting_id, ''/'', r.deliverable) AS key, jsonb_build_array(r.delivered) AS counts,
            counted_days(m.held_on, m.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN meetings m ON m.id = r.meeting_id');
CALL close_periods_again('attendance',
    'SELECT r.id::text AS key, jsonb_build_array(r.meeting_id, r.seat_id, r.council_id, r.delegate_ref, r.status) AS counts,
            counted_days(m.held_on, m.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN meetings m ON m.id = r.meeting_id');
CALL close_periods_again('evaluations',
    'SELECT r.id::text AS key, jsonb_build_array(r.meeting_id, r.question, r.handed_out) AS counts,
            counted_days(m.held_on, m.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN meetings m ON m.id = r.meeting_id');
CALL close_periods_again('evaluation_ratings',
    'SELECT concat(r.evaluation_id, ''/'', r.position) AS key, jsonb_build_array(r.rating, r.forms) AS counts,
            counted_days(m.held_on, m.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN evaluations e ON e.id = r.evaluation_id JOIN meetings m ON m.id = e.meeting_id');
DROP PROCEDURE close_periods_again(text, text);

-- The days that a row of the change log is about: of what lasts, from its first day to its last.
CREATE FUNCTION lasting_days(image json) RETURNS datemultirange STABLE LANGUAGE sql AS $$
    SELECT CASE WHEN image IS NULL THEN '{}' ELSE datemultirange(daterange(
        COALESCE(image ->> 'exists_from', image ->> 'responsible_from', image ->> 'held_from',
                 image ->> 'member_from')::date,
        COALESCE(image ->> 'exists_until', image ->> 'responsible_until', image ->> 'held_until',
                 image ->> 'member_until')::date))
    END
$$;
-- What a row of the change log is besides those days.
CREATE FUNCTION lasting_content(image json) RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
    SELECT image::jsonb - ARRAY['exists_from', 'exists_until', 'responsible_from', 'responsible_until', 'held_from',
                                'held_until', 'member_from', 'member_until', 'version', 'updated_at']
$$;
