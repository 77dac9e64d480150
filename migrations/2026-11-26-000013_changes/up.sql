-- The change log: written by the database itself, in the effect's own transaction, and never altered.
CREATE DOMAIN actor_kind AS text CHECK (VALUE IN ('client', 'user', 'console', 'outside', 'operator'));
CREATE DOMAIN change_action AS text CHECK (VALUE IN ('created', 'changed', 'deleted'));

-- What one statement did to one table. Its rows stand side by side: ids[n] is of the n-th row of before and after.
CREATE TABLE changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction_id bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    changed_at timestamptz NOT NULL DEFAULT now(),
    actor_kind actor_kind NOT NULL,
    -- A client's or user's account; whoever has none is known by the name alone.
    account_id uuid,
    actor text NOT NULL,
    operation text NOT NULL,
    request_id text,
    resource text NOT NULL,
    -- The table, where it holds a part of the resource: terms of a seat, a row's external ids.
    part text,
    action change_action NOT NULL,
    -- The resources' ids, also where parts of them changed.
    ids uuid[] NOT NULL,
    before json,
    after json
);
CREATE INDEX changes_ids ON changes USING gin (ids);
CREATE INDEX changes_resource ON changes (resource, id);
CREATE INDEX changes_account_id ON changes (account_id, id);
CREATE INDEX changes_actor ON changes (actor, id);
CREATE INDEX changes_changed_at ON changes (changed_at);
CREATE INDEX changes_request_id ON changes (request_id);

-- Each changed row by itself; its id is the log line's and the row's place in it, so it sorts as they happened.
CREATE VIEW changed_rows AS
    SELECT (lpad(to_hex(c.id), 16, '0') || lpad(to_hex(r.place), 16, '0'))::uuid AS id, c.id AS change_id, c.transaction_id,
           c.changed_at, c.actor_kind, c.account_id, c.actor, c.operation, c.request_id, c.resource, c.part, c.action, c.ids,
           r.resource_id, r.before, r.after
    FROM changes c
    CROSS JOIN LATERAL ROWS FROM (unnest(c.ids), json_array_elements(c.before), json_array_elements(c.after))
        WITH ORDINALITY AS r (resource_id, before, after, place);

-- Nobody alters the log, not even its owner by mistake, and nothing but the triggers below writes to it.
CREATE FUNCTION keep_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' OR pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'the change log is written by the changes alone, and never altered' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_log AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON changes
    FOR EACH STATEMENT EXECUTE FUNCTION keep_log();
ALTER TABLE changes ENABLE ALWAYS TRIGGER keep_log;

-- Writes a line of the log; who acts is a setting of the transaction, and without one nothing is written at all. It runs
-- with its owner's rights, so that whoever may write rows needs none on the log.
CREATE FUNCTION note_changes(resource text, part text, action text, ids uuid[], before json, after json) RETURNS void
SECURITY DEFINER SET search_path FROM CURRENT LANGUAGE plpgsql AS $$
DECLARE
    actor jsonb := NULLIF(current_setting('outturn.actor', true), '')::jsonb;
BEGIN
    IF actor IS NULL THEN
        RAISE EXCEPTION 'nobody is said to act: set outturn.actor' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF ids IS NOT NULL THEN
        INSERT INTO changes (actor_kind, account_id, actor, operation, request_id, resource, part, action, ids, before, after)
        VALUES (actor ->> 'kind', (actor ->> 'account')::uuid, actor ->> 'name', actor ->> 'operation', actor ->> 'request_id',
                resource, part, action, ids, before, after);
    END IF;
END $$;

-- What a statement did to a table. The statements are planned afresh each time, for the rows that there are.
-- Arguments: the resource, the part or nothing, the column of the resource's id, the key, the columns that are shown.
CREATE FUNCTION log_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    part text := NULLIF(TG_ARGV[1], '');
    ids uuid[];
    old_rows json;
    new_rows json;
BEGIN
    IF TG_OP = 'INSERT' THEN
        EXECUTE format('SELECT array_agg(n.%I), json_agg(n) FROM (SELECT %s FROM rows_after) n', TG_ARGV[2], TG_ARGV[4])
            INTO ids, new_rows;
        PERFORM note_changes(TG_ARGV[0], part, 'created', ids, NULL, new_rows);
    ELSIF TG_OP = 'DELETE' THEN
        EXECUTE format('SELECT array_agg(o.%I), json_agg(o) FROM (SELECT %s FROM rows_before) o', TG_ARGV[2], TG_ARGV[4])
            INTO ids, old_rows;
        PERFORM note_changes(TG_ARGV[0], part, 'deleted', ids, old_rows, NULL);
    ELSE
        EXECUTE format(
            'SELECT array_agg(n.%I), json_agg(o), json_agg(n)
             FROM (SELECT %2$s FROM rows_before) o JOIN (SELECT %2$s FROM rows_after) n USING (%3$s)
             WHERE o IS DISTINCT FROM n', TG_ARGV[2], TG_ARGV[4], TG_ARGV[3])
            INTO ids, old_rows, new_rows;
        PERFORM note_changes(TG_ARGV[0], part, 'changed', ids, old_rows, new_rows);
    END IF;
    RETURN NULL;
END $$;

-- Puts a table's changes on record; called again when the table has other columns. A table of parts names the resource and the column of its id; hidden columns are in
-- no image.
CREATE PROCEDURE keep_changes(logged text, resource text, resource_id text, VARIADIC hidden text[] DEFAULT '{}')
LANGUAGE plpgsql AS $$
DECLARE
    part text := CASE WHEN logged <> resource THEN logged ELSE '' END;
    keys text := (SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_index i
                  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                  WHERE i.indrelid = logged::regclass AND i.indisprimary);
    shown text := (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                   WHERE attrelid = logged::regclass AND attnum > 0 AND NOT attisdropped AND attname <> ALL (hidden));
    event text[];
BEGIN
    FOREACH event SLICE 1 IN ARRAY ARRAY[['insert', 'NEW TABLE AS rows_after'], ['delete', 'OLD TABLE AS rows_before'],
                                         ['update', 'OLD TABLE AS rows_before NEW TABLE AS rows_after']] LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %I AFTER %s ON %I REFERENCING %s FOR EACH STATEMENT
             EXECUTE FUNCTION log_changes(%L, %L, %L, %L, %L)',
            'log_' || event[1], event[1], logged, event[2], resource, part, resource_id, keys, shown);
    END LOOP;
END $$;

-- One statement's changes of children are one change of each of their parents, not a statement each. Otherwise as it was:
-- one bump a transaction, none for a parent made or changed in it.
CREATE OR REPLACE FUNCTION touch_parent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT * FROM rows_after'
        WHEN 'DELETE' THEN 'SELECT * FROM rows_before'
        ELSE 'SELECT * FROM rows_before UNION ALL SELECT * FROM rows_after' END;
    parent_column text;
BEGIN
    FOREACH parent_column IN ARRAY TG_ARGV[1:] LOOP
        EXECUTE format(
            'UPDATE %1$I SET version = version + 1, updated_at = now()
             FROM (SELECT id FROM %1$I WHERE id IN (SELECT %2$I FROM (%3$s) AS changed)
                   AND NOT (updated_at = now() AND age(xmin) <= age(pg_current_xact_id()::xid))
                   ORDER BY id FOR NO KEY UPDATE) AS parents
             WHERE %1$I.id = parents.id', TG_ARGV[0], parent_column, changed);
    END LOOP;
    RETURN NULL;
END $$;

-- The triggers that call it, in place of the one a row that was there before.
CREATE PROCEDURE touch_parents(child text, trigger_name text, parent text, VARIADIC parent_columns text[]) LANGUAGE plpgsql AS $$
DECLARE
    arguments text := (SELECT string_agg(quote_literal(word), ', ') FROM unnest(parent || parent_columns) AS word);
    event text[];
BEGIN
    EXECUTE format('DROP TRIGGER IF EXISTS %I ON %I', trigger_name, child);
    FOREACH event SLICE 1 IN ARRAY ARRAY[['insert', 'NEW TABLE AS rows_after'], ['delete', 'OLD TABLE AS rows_before'],
                                         ['update', 'OLD TABLE AS rows_before NEW TABLE AS rows_after']] LOOP
        EXECUTE format(
            'CREATE TRIGGER %I AFTER %s ON %I REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION touch_parent(%s)',
            trigger_name || '_' || event[1], event[1], child, event[2], arguments);
    END LOOP;
END $$;

CALL touch_parents('council_gss_codes', 'touch_parent', 'councils', 'council_id');
CALL touch_parents('council_memberships', 'touch_parent', 'councils', 'council_id');
CALL touch_parents('council_successions', 'touch_parent', 'councils', 'successor_id', 'predecessor_id');
CALL touch_parents('group_external_ids', 'touch_parent', 'groups', 'group_id');
CALL touch_parents('seat_terms', 'touch_parent', 'seats', 'seat_id');
CALL touch_parents('seat_external_ids', 'touch_parent', 'seats', 'seat_id');
CALL touch_parents('meeting_deliverables', 'touch_parent', 'meetings', 'meeting_id');
CALL touch_parents('meeting_external_ids', 'touch_parent', 'meetings', 'meeting_id');
CALL touch_parents('attendance_external_ids', 'touch_parent', 'attendance', 'attendance_id');
CALL touch_parents('evaluation_ratings', 'touch_parent', 'evaluations', 'evaluation_id');
CALL touch_parents('evaluation_external_ids', 'touch_parent', 'evaluations', 'evaluation_id');
CALL touch_parents('action_groups', 'touch_parent', 'actions', 'action_id');
CALL touch_parents('action_meetings', 'touch_parent', 'actions', 'action_id');
CALL touch_parents('target_actions', 'touch_parent', 'targets', 'target_id');
CALL touch_parents('progress_external_ids', 'touch_parent', 'progress', 'progress_id');
CALL touch_parents('account_councils', 'touch_parent', 'accounts', 'account_id');
CALL touch_parents('progress', 'touch_superseded', 'progress', 'supersedes_id');
-- What an entry corrects does not change with it.
DROP TRIGGER touch_superseded_update ON progress;

CALL keep_changes('councils', 'councils', 'id');
CALL keep_changes('council_gss_codes', 'councils', 'council_id');
CALL keep_changes('council_memberships', 'councils', 'council_id');
CALL keep_changes('council_successions', 'councils', 'successor_id');
CALL keep_changes('groups', 'groups', 'id');
CALL keep_changes('group_external_ids', 'groups', 'group_id');
CALL keep_changes('seats', 'seats', 'id');
CALL keep_changes('seat_terms', 'seats', 'seat_id');
CALL keep_changes('seat_external_ids', 'seats', 'seat_id');
CALL keep_changes('meetings', 'meetings', 'id');
CALL keep_changes('meeting_deliverables', 'meetings', 'meeting_id');
CALL keep_changes('meeting_external_ids', 'meetings', 'meeting_id');
CALL keep_changes('attendance', 'attendance', 'id');
CALL keep_changes('attendance_external_ids', 'attendance', 'attendance_id');
CALL keep_changes('evaluations', 'evaluations', 'id');
CALL keep_changes('evaluation_ratings', 'evaluations', 'evaluation_id');
CALL keep_changes('evaluation_external_ids', 'evaluations', 'evaluation_id');
CALL keep_changes('frameworks', 'frameworks', 'id');
CALL keep_changes('themes', 'themes', 'id');
CALL keep_changes('outcomes', 'outcomes', 'id');
CALL keep_changes('actions', 'actions', 'id');
CALL keep_changes('action_groups', 'actions', 'action_id');
CALL keep_changes('action_meetings', 'actions', 'action_id');
CALL keep_changes('targets', 'targets', 'id');
CALL keep_changes('target_actions', 'targets', 'target_id');
CALL keep_changes('target_groups', 'targets', 'target_id');
CALL keep_changes('revisions', 'revisions', 'id');
CALL keep_changes('progress', 'progress', 'id');
CALL keep_changes('progress_external_ids', 'progress', 'progress_id');
CALL keep_changes('accounts', 'accounts', 'id', 'secret_hash');
CALL keep_changes('account_councils', 'accounts', 'account_id');
