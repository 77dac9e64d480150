-- One key is one key: keys and names are stored without white space at their ends, with plain spaces, in Unicode's form NFC, and
-- without characters that cannot be seen. src/values/text_form.rs normalises what requests enter; a test compares the two.

-- Regular expressions for the spaces of the category Zs, but for U+0020, and for characters that show nothing.
CREATE FUNCTION other_spaces() RETURNS text IMMUTABLE LANGUAGE sql RETURN
    '[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]';
CREATE FUNCTION invisible_characters() RETURNS text IMMUTABLE LANGUAGE sql RETURN
    '[\u0080-\u009f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f'
    || '\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd'
    || '\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]';

CREATE FUNCTION is_normal_line(item text) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN
    item IS NFC NORMALIZED AND item = btrim(item, ' ') AND item !~ other_spaces() AND item !~ invisible_characters();

-- The text that looks the same: what shows nothing is left out.
CREATE FUNCTION to_normal_line(item text) RETURNS text IMMUTABLE LANGUAGE sql RETURN normalize(btrim(
    regexp_replace(regexp_replace(item, invisible_characters(), '', 'g'), other_spaces(), ' ', 'g'), ' '), NFC);

-- Normalises what a table has in these columns, and keeps it so. It fails where two rows then have one key, or where nothing of
-- a name is left: such rows are corrected by hand first.
CREATE PROCEDURE keep_normal(resource text, VARIADIC columns text[]) LANGUAGE plpgsql AS $$
DECLARE
    assignments text := (SELECT string_agg(format('%1$I = to_normal_line(%1$I)', name), ', ') FROM unnest(columns) AS name);
    checks text := (SELECT string_agg(format('is_normal_line(%I)', name), ' AND ') FROM unnest(columns) AS name);
BEGIN
    EXECUTE format('UPDATE %I SET %s WHERE NOT (%s)', resource, assignments, checks);
    SET CONSTRAINTS ALL IMMEDIATE;
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (%s)', resource, resource || '_text_is_normal', checks);
END $$;

SELECT set_config('outturn.actor', '{"kind": "operator", "name": "migration", "operation": "migrate"}', true);
CALL keep_normal('councils', 'name', 'county');
CALL keep_normal('groups', 'name', 'handed_to');
CALL keep_normal('seat_terms', 'holder_ref', 'holder_name');
CALL keep_normal('meetings', 'title');
CALL keep_normal('attendance', 'delegate_ref', 'attendee_name');
CALL keep_normal('frameworks', 'title');
CALL keep_normal('themes', 'ref', 'title');
CALL keep_normal('outcomes', 'ref', 'title');
CALL keep_normal('actions', 'ref', 'title');
CALL keep_normal('targets', 'title', 'owner');
CALL keep_normal('progress', 'occasion');
CALL keep_normal('accounts', 'name', 'email');
CALL keep_normal('role_mappings', 'name', 'value');
CALL keep_normal('report_keys', 'name');
CALL keep_normal('webhooks', 'name');
CALL keep_normal('group_external_ids', 'external_id');
CALL keep_normal('seat_external_ids', 'external_id');
CALL keep_normal('meeting_external_ids', 'external_id');
CALL keep_normal('attendance_external_ids', 'external_id');
CALL keep_normal('evaluation_external_ids', 'external_id');
CALL keep_normal('progress_external_ids', 'external_id');
SELECT set_config('outturn.actor', '', true);
