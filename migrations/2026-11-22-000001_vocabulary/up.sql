-- The bounds of every value, as domains, so that no path around the code can break them.
-- src/values states the same bounds for the wire; a test holds the two equal.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE FUNCTION is_line(item text, longest integer) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN
    char_length(item) BETWEEN 1 AND longest AND item ~ '^[^\x01-\x20\x7f][^\x01-\x1f\x7f]*$';
CREATE DOMAIN one_line AS text CONSTRAINT one_line_is_bounded CHECK (is_line(VALUE, 200));
CREATE DOMAIN title AS text CONSTRAINT title_is_bounded CHECK (is_line(VALUE, 500));
CREATE DOMAIN prose AS text
    CONSTRAINT prose_is_bounded CHECK (char_length(VALUE) BETWEEN 1 AND 4000);
CREATE DOMAIN code AS text
    CONSTRAINT code_is_bounded CHECK (VALUE ~ '^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$');
CREATE DOMAIN slug AS text
    CONSTRAINT slug_is_bounded CHECK (VALUE ~ '^[a-z][a-z0-9_]{0,63}$');
CREATE DOMAIN gss_code AS text
    CONSTRAINT gss_code_is_well_formed CHECK (VALUE ~ '^[EWSNKJLM][0-9]{8}$');
CREATE DOMAIN url AS text
    CONSTRAINT url_is_well_formed CHECK (char_length(VALUE) <= 2000 AND VALUE ~ '^https?://[^\x01-\x20\x7f]+$');
CREATE DOMAIN day AS date
    CONSTRAINT day_is_in_range CHECK (VALUE BETWEEN DATE '1900-01-01' AND DATE '2100-12-31');
CREATE DOMAIN tally AS bigint
    CONSTRAINT tally_is_in_range CHECK (VALUE BETWEEN 0 AND 1000000000);
CREATE DOMAIN pence AS bigint
    CONSTRAINT pence_is_in_range CHECK (VALUE BETWEEN -1000000000000 AND 1000000000000);
CREATE DOMAIN decimal_number AS numeric(15, 2)
    CONSTRAINT decimal_number_is_in_range CHECK (VALUE BETWEEN -1000000000000 AND 1000000000000);

-- The domains cannot stand inside an array's CHECK, so a list of lines has a function of its own.
CREATE FUNCTION are_lines(items text[]) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN NOT EXISTS (
    SELECT FROM unnest(items) AS item WHERE is_line(item, 200) IS NOT TRUE);

-- How a trigger refuses a change: as if a CHECK of this name stood against it, so src/db/constraints.rs names the fault.
CREATE FUNCTION refuse(fault text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the change breaks %', fault USING ERRCODE = 'check_violation', CONSTRAINT = fault;
END $$;

-- A row's version goes up by one whenever the row changes, and only then. Arguments: the generated columns, which are
-- not there yet when a BEFORE trigger looks.
CREATE FUNCTION bump_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := OLD.updated_at;
    IF TG_NARGS = 0 AND NEW IS DISTINCT FROM OLD
       OR TG_NARGS > 0 AND to_jsonb(NEW) - TG_ARGV[0:] IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV[0:] THEN
        NEW.version := OLD.version + 1;
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END $$;

-- A change of a child is a change of its parent: one bump a transaction, none for a parent made or changed in it. Within a
-- savepoint a row has the savepoint's id, which is later than the transaction's.
-- Arguments: the parent's table, then the child's columns that name parents.
CREATE FUNCTION touch_parent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    child jsonb := to_jsonb(COALESCE(NEW, OLD));
    parent_column text;
BEGIN
    FOREACH parent_column IN ARRAY TG_ARGV[1:] LOOP
        EXECUTE format(
            'UPDATE %I SET version = version + 1, updated_at = now()
             WHERE id = $1 AND NOT (updated_at = now() AND age(xmin) <= age(pg_current_xact_id()::xid))', TG_ARGV[0])
        USING (child ->> parent_column)::uuid;
    END LOOP;
    RETURN NULL;
END $$;

-- Gives a table of resources its version trigger and the index that updated_since reads.
CREATE PROCEDURE keep_versions(resource text) LANGUAGE plpgsql AS $$
DECLARE
    generated text := (SELECT string_agg(quote_literal(attname), ', ') FROM pg_attribute
                       WHERE attrelid = resource::regclass AND attgenerated <> '');
BEGIN
    EXECUTE format(
        'CREATE TRIGGER bump_version BEFORE UPDATE ON %I
         FOR EACH ROW WHEN (OLD.version = NEW.version) EXECUTE FUNCTION bump_version(%s)', resource, generated);
    EXECUTE format('CREATE INDEX %I ON %I (updated_at, id)', resource || '_updated_at', resource);
END $$;

-- Gives a table of resources the keys by which other systems know its rows: one per system.
CREATE PROCEDURE keep_external_ids(resource text, owner text) LANGUAGE plpgsql AS $$
DECLARE
    keys text := owner || '_external_ids';
    owner_id text := owner || '_id';
BEGIN
    EXECUTE format(
        'CREATE TABLE %I (
            %I uuid NOT NULL CONSTRAINT %I REFERENCES %I (id) ON DELETE CASCADE,
            system code NOT NULL,
            external_id one_line NOT NULL,
            CONSTRAINT %I PRIMARY KEY (%I, system),
            CONSTRAINT %I UNIQUE (external_id, system))',
        keys, owner_id, keys || '_owner', resource, keys || '_one_per_system', owner_id, keys || '_unique');
    EXECUTE format('CREATE INDEX %I ON %I (system)', keys || '_system', keys);
    EXECUTE format(
        'CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON %I
         FOR EACH ROW EXECUTE FUNCTION touch_parent(%L, %L)', keys, resource, owner_id);
END $$;
