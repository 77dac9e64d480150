-- The change log, and the triggers and views that the tables of resources share: row versions,
-- lines of the change log, external ids and history views.

-- Row versions

-- Increases the version of a row that changes. Arguments: the generated columns, which are not
-- compared because a BEFORE trigger does not have their new values.
CREATE FUNCTION bump_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := OLD.updated_at;
    IF TG_NARGS = 0 AND NEW IS DISTINCT FROM OLD
       OR TG_NARGS > 0
          AND to_jsonb(NEW) - TG_ARGV[0:] IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV[0:] THEN
        NEW.version := OLD.version + 1;
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END $$;

-- Creates the trigger that increases `version`, and the index for `updated_since`.
CREATE PROCEDURE create_version_trigger(resource text) LANGUAGE plpgsql AS $$
DECLARE
    generated text := (SELECT string_agg(quote_literal(attname), ', ') FROM pg_attribute
                       WHERE attrelid = resource::regclass AND attgenerated <> '');
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER bump_version BEFORE UPDATE ON %I
         FOR EACH ROW WHEN (OLD.version = NEW.version) EXECUTE FUNCTION bump_version(%s)',
        resource, generated);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (updated_at, id)',
                   resource || '_updated_at', resource);
END $$;

-- Returns whether the current transaction has written the row with this `updated_at` and `xmin`.
-- Within a savepoint, xmin is the id of the savepoint, which is later than the id of the
-- transaction.
CREATE FUNCTION is_written_in_transaction(written_at timestamptz, written_by xid) RETURNS boolean
STABLE LANGUAGE sql AS $$
    SELECT written_at = now() AND age(written_by) <= age(pg_current_xact_id()::xid)
$$;

-- Increases the versions of the parent rows of a statement's rows. A parent row that the
-- transaction has already created or changed keeps its version.
-- Arguments: the table of the parent rows, then the columns that reference the table.
CREATE FUNCTION touch_parent() RETURNS trigger LANGUAGE plpgsql AS $$
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
                   AND NOT is_written_in_transaction(updated_at, xmin)
                   ORDER BY id FOR NO KEY UPDATE) AS parents
             WHERE %1$I.id = parents.id', TG_ARGV[0], parent_column, changed);
    END LOOP;
    RETURN NULL;
END $$;

-- The change log

CREATE DOMAIN actor_kind AS text
    CHECK (VALUE IN ('client', 'user', 'console', 'outside', 'operator'));
CREATE DOMAIN change_action AS text CHECK (VALUE IN ('created', 'changed', 'deleted'));

-- One line for each statement that changed a table, written in the transaction of the statement.
-- `ids`, `before` and `after` have one element for each changed row, in the same order.
CREATE TABLE changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction_id bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    changed_at timestamptz NOT NULL DEFAULT now(),
    actor_kind actor_kind NOT NULL,
    -- The account of a client or user. Other actors only have a name.
    account_id uuid,
    actor text NOT NULL,
    operation text NOT NULL,
    request_id text,
    resource text NOT NULL,
    -- The table of a child list, such as the terms of a seat. Null for the table of the resource.
    part text,
    action change_action NOT NULL,
    -- The ids of the resources. For a child list, the ids of the parent rows.
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
-- The change feed reads the change log by transaction.
CREATE INDEX changes_transaction_id ON changes (transaction_id, id);

-- One row for each changed row. `id` consists of the id of the line and the position of the row in
-- the line, so the order of ids is the order of the changes.
CREATE VIEW changed_rows AS
    SELECT (lpad(to_hex(c.id), 16, '0') || lpad(to_hex(r.place), 16, '0'))::uuid AS id,
           c.id AS change_id, c.transaction_id, c.changed_at, c.actor_kind, c.account_id, c.actor,
           c.operation, c.request_id, c.resource, c.part, c.action, c.ids,
           r.resource_id, r.before, r.after
    FROM changes c
    CROSS JOIN LATERAL ROWS FROM (
        unnest(c.ids), json_array_elements(c.before), json_array_elements(c.after)
    ) WITH ORDINALITY AS r (resource_id, before, after, place);

-- Refuses changes to existing lines, and lines that are not written by a table's trigger.
CREATE FUNCTION refuse_log_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' OR pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'the change log is written by triggers only and is never altered'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_log_changes AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_log_changes();
ALTER TABLE changes ENABLE ALWAYS TRIGGER refuse_log_changes;

-- Writes a line of the change log. The setting outturn.actor contains the actor; without the
-- setting, the write fails. The function runs with the rights of its owner, so a role that writes
-- rows needs no rights on the change log.
CREATE FUNCTION write_change(
    resource text, part text, action text, ids uuid[], before json, after json
) RETURNS void SECURITY DEFINER SET search_path FROM CURRENT LANGUAGE plpgsql AS $$
DECLARE
    actor jsonb := NULLIF(current_setting('outturn.actor', true), '')::jsonb;
BEGIN
    IF actor IS NULL THEN
        RAISE EXCEPTION 'no actor is named; set outturn.actor before writing'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF ids IS NOT NULL THEN
        INSERT INTO changes (actor_kind, account_id, actor, operation, request_id,
                             resource, part, action, ids, before, after)
        VALUES (actor ->> 'kind', (actor ->> 'account')::uuid, actor ->> 'name',
                actor ->> 'operation', actor ->> 'request_id',
                resource, part, action, ids, before, after);
    END IF;
END $$;

-- Writes the rows that a statement changed to the change log. The SQL is dynamic, so that
-- PostgreSQL plans each call for the actual number of rows.
-- Arguments: the resource, the child list or an empty text, the column with the id of the resource,
-- the columns of the primary key, the columns that the change log contains.
CREATE FUNCTION log_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    part text := NULLIF(TG_ARGV[1], '');
    ids uuid[];
    old_rows json;
    new_rows json;
BEGIN
    IF TG_OP = 'INSERT' THEN
        EXECUTE format(
            'SELECT array_agg(n.%I), json_agg(n) FROM (SELECT %s FROM rows_after) n',
            TG_ARGV[2], TG_ARGV[4])
            INTO ids, new_rows;
        PERFORM write_change(TG_ARGV[0], part, 'created', ids, NULL, new_rows);
    ELSIF TG_OP = 'DELETE' THEN
        EXECUTE format(
            'SELECT array_agg(o.%I), json_agg(o) FROM (SELECT %s FROM rows_before) o',
            TG_ARGV[2], TG_ARGV[4])
            INTO ids, old_rows;
        PERFORM write_change(TG_ARGV[0], part, 'deleted', ids, old_rows, NULL);
    ELSE
        EXECUTE format(
            'SELECT array_agg(n.%I), json_agg(o), json_agg(n)
             FROM (SELECT %2$s FROM rows_before) o JOIN (SELECT %2$s FROM rows_after) n USING (%3$s)
             WHERE o IS DISTINCT FROM n', TG_ARGV[2], TG_ARGV[4], TG_ARGV[3])
            INTO ids, old_rows, new_rows;
        PERFORM write_change(TG_ARGV[0], part, 'changed', ids, old_rows, new_rows);
    END IF;
    RETURN NULL;
END $$;

-- Reading the log by snapshots

-- Returns whether a line of the change log is in the range between two snapshots. Each snapshot
-- is given as its xmax and its running transactions. Lines up to restored_line came from another
-- server, and only the range that begins with the empty snapshot contains these lines. The
-- planner inlines the function, so the comparisons use the index on transaction_id.
CREATE FUNCTION is_in_range(
    transaction_id bigint, line bigint, after_xmax bigint, after_running bigint[],
    until_xmax bigint, until_running bigint[], restored_line bigint
) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN
    (transaction_id >= after_xmax OR transaction_id = ANY (after_running))
    AND CASE WHEN line <= restored_line THEN after_xmax = 1
             ELSE transaction_id < until_xmax AND NOT transaction_id = ANY (until_running) END;

-- Returns the transactions of a range, with the last line and the number of changed rows of each.
-- If two transactions changed the same row, the later transaction has the higher last line.
CREATE FUNCTION transactions_in_range(
    after_xmax bigint, after_running bigint[], until_xmax bigint, until_running bigint[],
    restored_line bigint
) RETURNS TABLE (transaction_id bigint, last_line bigint, changed_rows bigint)
STABLE LANGUAGE sql
BEGIN ATOMIC
    SELECT c.transaction_id, max(c.id), sum(cardinality(c.ids))
    FROM changes c
    WHERE is_in_range(c.transaction_id, c.id, after_xmax, after_running,
                        until_xmax, until_running, restored_line)
    GROUP BY c.transaction_id;
END;

-- Triggers of tables of resources

-- Creates the triggers PREFIX_insert, PREFIX_delete and PREFIX_update, which call a function after
-- each statement. The transition tables rows_before and rows_after contain the rows of the
-- statement. A second call replaces the triggers.
CREATE PROCEDURE create_statement_triggers(
    table_name text, prefix text, function_name text, VARIADIC arguments text[]
) LANGUAGE plpgsql AS $$
DECLARE
    quoted text := (SELECT string_agg(quote_literal(argument), ', ' ORDER BY n)
                    FROM unnest(arguments) WITH ORDINALITY AS a (argument, n));
    event text[];
BEGIN
    FOREACH event SLICE 1 IN ARRAY ARRAY[
        ['insert', 'NEW TABLE AS rows_after'],
        ['delete', 'OLD TABLE AS rows_before'],
        ['update', 'OLD TABLE AS rows_before NEW TABLE AS rows_after']] LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %I AFTER %s ON %I REFERENCING %s FOR EACH STATEMENT
             EXECUTE FUNCTION %I(%s)',
            prefix || '_' || event[1], event[1], table_name, event[2], function_name, quoted);
    END LOOP;
END $$;

-- Creates the triggers that log the changes of a table. `id_column` is the column with the id of
-- the resource. The change log omits the columns in `hidden`. A migration that changes the columns
-- of the table must call this procedure again.
CREATE PROCEDURE create_change_triggers(
    table_name text, resource text, id_column text, VARIADIC hidden text[] DEFAULT '{}'
) LANGUAGE plpgsql AS $$
DECLARE
    part text := CASE WHEN table_name <> resource THEN table_name ELSE '' END;
    keys text := (SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_index i
                  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                  WHERE i.indrelid = table_name::regclass AND i.indisprimary);
    shown text := (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                   WHERE attrelid = table_name::regclass AND attnum > 0 AND NOT attisdropped
                     AND attname <> ALL (hidden));
BEGIN
    CALL create_statement_triggers(
        table_name, 'log', 'log_changes', resource, part, id_column, keys, shown);
END $$;

-- Creates the triggers for row versions and for the change log. The change log omits the columns in
-- `hidden`.
CREATE PROCEDURE create_resource_triggers(resource text, VARIADIC hidden text[] DEFAULT '{}')
LANGUAGE plpgsql AS $$
BEGIN
    CALL create_version_trigger(resource);
    CALL create_change_triggers(resource, resource, 'id', VARIADIC hidden);
END $$;

-- Creates the triggers of a child list, such as the terms of a seat. The triggers increase the
-- version of the resource and write the change log. The first column contains the id of the
-- resource. The other columns reference further rows of the resource's table, whose versions also
-- increase.
CREATE PROCEDURE create_part_triggers(part text, resource text, VARIADIC id_columns text[])
LANGUAGE plpgsql AS $$
BEGIN
    CALL create_statement_triggers(
        part, 'touch_parent', 'touch_parent', VARIADIC resource || id_columns);
    CALL create_change_triggers(part, resource, id_columns[1]);
END $$;

-- Creates the table NOUN_external_ids, with the keys that other systems use for the rows of a
-- resource. A row has at most one key in each system.
CREATE PROCEDURE create_external_id_table(resource text, noun text) LANGUAGE plpgsql AS $$
DECLARE
    keys text := noun || '_external_ids';
    owner_id text := noun || '_id';
BEGIN
    EXECUTE format(
        'CREATE TABLE %1$I (
            %2$I uuid NOT NULL CONSTRAINT %3$I REFERENCES %4$I (id) ON DELETE CASCADE,
            system code NOT NULL,
            external_id one_line NOT NULL,
            CONSTRAINT %5$I PRIMARY KEY (%2$I, system),
            CONSTRAINT %6$I UNIQUE (external_id, system),
            CONSTRAINT %7$I CHECK (is_normal_line(external_id)))',
        keys, owner_id, keys || '_owner', resource,
        keys || '_one_per_system', keys || '_unique', keys || '_text_is_normal');
    EXECUTE format('CREATE INDEX %I ON %I (system)', keys || '_system', keys);
    CALL create_part_triggers(keys, resource, owner_id);
END $$;

-- History views: what tables contained at an instant, or at a line of the change log

-- Contains a view for each table that figures read, with the name of the table. A statement whose
-- search path begins with `known` therefore reads past data. The setting outturn.known_at contains
-- an instant, and outturn.known_line contains a line of the change log. A line is exact, but an
-- instant can be in the middle of a transaction.
CREATE SCHEMA known;

-- Creates the history view of a table. The view returns a row that has changed since the instant or
-- line as the row was before its first change. All other rows are returned unchanged. The view
-- calls a function, so that planning a statement with many views costs no more than with tables. A
-- migration that changes the columns of the table must call this procedure again.
CREATE PROCEDURE create_history_view(table_name text, resource text) LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := (SELECT array_agg(quote_ident(a.attname)) FROM pg_index i
                    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                    WHERE i.indrelid = ('public.' || table_name)::regclass AND i.indisprimary);
    columns text := (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)
                     FROM pg_attribute
                     WHERE attrelid = ('public.' || table_name)::regclass
                       AND attnum > 0 AND NOT attisdropped);
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE FUNCTION known.past_%1$s() RETURNS SETOF public.%1$I
         STABLE LANGUAGE plpgsql AS $past$
         BEGIN
             RETURN QUERY WITH earlier AS MATERIALIZED (
                 SELECT DISTINCT ON (%2$s) image.*, change.before IS NOT NULL AS existed
                 FROM public.changed_rows change
                 CROSS JOIN LATERAL json_populate_record(
                     NULL::public.%1$I, COALESCE(change.before, change.after)) image
                 WHERE change.resource = %3$L AND change.part IS NOT DISTINCT FROM %4$L
                   AND change.changed_at > COALESCE(
                       NULLIF(current_setting(''outturn.known_at'', true), ''''), ''-infinity''
                   )::timestamptz
                   AND change.change_id > COALESCE(
                       NULLIF(current_setting(''outturn.known_line'', true), ''''), ''0'')::bigint
                 ORDER BY %2$s, change.id)
             SELECT %5$s FROM public.%1$I present
             WHERE NOT EXISTS (SELECT FROM earlier WHERE (%6$s) = (%7$s))
             UNION ALL
             SELECT %5$s FROM earlier WHERE existed;
         END $past$',
        table_name, 'image.' || array_to_string(keys, ', image.'), resource,
        CASE WHEN table_name <> resource THEN table_name END, columns,
        'earlier.' || array_to_string(keys, ', earlier.'),
        'present.' || array_to_string(keys, ', present.'));
    EXECUTE format('CREATE OR REPLACE VIEW known.%1$I AS SELECT %2$s FROM known.past_%1$s()',
                   table_name, columns);
END $$;

-- Creates the history view of a view. The history view has the same definition, but reads the
-- history views of the tables.
CREATE PROCEDURE create_history_view_of_view(view_name text) LANGUAGE plpgsql AS $$
DECLARE
    definition text;
BEGIN
    PERFORM set_config('search_path', 'public', true);
    definition := pg_get_viewdef(view_name::regclass);
    PERFORM set_config('search_path', 'known, public', true);
    EXECUTE format('CREATE OR REPLACE VIEW known.%I AS %s', view_name, definition);
    PERFORM set_config('search_path', 'public', true);
END $$;
