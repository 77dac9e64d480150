-- Publications: sealed figures, and published periods in which writes are refused.

-- Publications

CREATE DOMAIN publication_status AS text
    CHECK (VALUE IN ('draft', 'approved', 'published', 'reopened'));

-- A publication: a framework's figures on one day. `publication_parts` has the sealed content.
CREATE TABLE publications (
    id uuid PRIMARY KEY,
    framework_id uuid NOT NULL CONSTRAINT publications_framework REFERENCES frameworks (id),
    title title NOT NULL,
    -- The period extends from the first day of the plan year to the date of the figures.
    plan_from day NOT NULL,
    as_at day NOT NULL,
    -- The last change log line that the figures include.
    last_line bigint NOT NULL,
    rule_version code NOT NULL,
    content_sha256 text NOT NULL,
    status publication_status NOT NULL DEFAULT 'draft',
    sealed_by one_line NOT NULL,
    approved_by one_line,
    approved_at timestamptz,
    published_by one_line,
    published_at timestamptz,
    reopened_by one_line,
    reopened_at timestamptz,
    reopened_reason prose,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT publications_reopened_for_a_reason CHECK (
        (status::text = 'reopened') = (reopened_reason IS NOT NULL))
);
CREATE INDEX publications_framework_id ON publications (framework_id, as_at, id);
CREATE INDEX publications_as_at ON publications (as_at, id);
CREATE INDEX publications_status ON publications (status, plan_from, as_at);
CREATE UNIQUE INDEX publications_published_once ON publications (framework_id, as_at)
    WHERE status::text = 'published';
CALL create_resource_triggers('publications');

ALTER TABLE targets ADD CONSTRAINT targets_baseline_publication
    FOREIGN KEY (baseline_publication_id) REFERENCES publications (id);

-- The sealed content, as lines of JSON: the summary, the figures, and an explanation for each
-- target with all rows behind the figure.
CREATE TABLE publication_parts (
    publication_id uuid NOT NULL
        CONSTRAINT publication_parts_publication REFERENCES publications (id) ON DELETE CASCADE,
    position integer NOT NULL,
    -- The target that an explanation is about. Null for the summary and the figures, which come
    -- first.
    target_id uuid CONSTRAINT publication_parts_target REFERENCES targets (id),
    content text NOT NULL,
    PRIMARY KEY (publication_id, position)
);
CREATE INDEX publication_parts_target_id ON publication_parts (target_id, publication_id);

-- Returns the SHA-256 digest of a publication's lines. Each line ends with a line feed.
CREATE FUNCTION content_digest(publication uuid) RETURNS text STABLE LANGUAGE sql RETURN (
    SELECT encode(sha256(convert_to(
        string_agg(content || E'\n', '' ORDER BY position), 'UTF8')), 'hex')
    FROM publication_parts WHERE publication_id = publication);

-- Refuses a publication whose digest does not equal the digest of its content.
CREATE FUNCTION check_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'publications' THEN
        IF NEW.content_sha256 IS DISTINCT FROM content_digest(NEW.id) THEN
            PERFORM raise_check_violation('publications_are_sealed');
        END IF;
    ELSE
        PERFORM raise_check_violation('publications_are_sealed') FROM publications p
        WHERE p.id IN (SELECT publication_id FROM rows_after)
          AND p.content_sha256 IS DISTINCT FROM content_digest(p.id);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER check_seal AFTER INSERT ON publications
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_seal();
CREATE TRIGGER check_seal AFTER INSERT ON publication_parts
    REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION check_seal();

-- Refuses updates and deletions of sealed content. Sealed content is deleted only with its
-- publication.
CREATE FUNCTION refuse_sealed_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM publications WHERE id = OLD.publication_id) THEN
            RETURN OLD;
        END IF;
    END IF;
    PERFORM raise_check_violation('publications_are_sealed');
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_sealed_change BEFORE UPDATE OR DELETE ON publication_parts
    FOR EACH ROW EXECUTE FUNCTION refuse_sealed_change();
CREATE TRIGGER refuse_sealed_truncate BEFORE TRUNCATE ON publication_parts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_sealed_change();
CREATE TRIGGER refuse_sealed_truncate BEFORE TRUNCATE ON publications
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_sealed_change();

-- Allows only these changes of status: draft to approved, approved to draft, approved to published,
-- and published to reopened. The person who approves must not be the person who sealed. Stores who
-- made each change, and when. No other code writes these columns.
CREATE FUNCTION check_publication() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    actor jsonb := NULLIF(current_setting('outturn.actor', true), '')::jsonb;
    who text := actor ->> 'name';
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.status := 'draft';
        NEW.sealed_by := who;
        NEW.approved_by := NULL; NEW.approved_at := NULL;
        NEW.published_by := NULL; NEW.published_at := NULL;
        NEW.reopened_by := NULL; NEW.reopened_at := NULL;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'draft' THEN PERFORM raise_check_violation('publications_are_kept'); END IF;
        RETURN OLD;
    END IF;
    IF (OLD.id, OLD.framework_id, OLD.plan_from, OLD.as_at, OLD.last_line, OLD.rule_version,
        OLD.content_sha256, OLD.sealed_by, OLD.created_at,
        CASE WHEN OLD.status <> 'draft' THEN OLD.title END,
        CASE WHEN OLD.status = 'reopened' THEN OLD.reopened_reason END)
       IS DISTINCT FROM
       (NEW.id, NEW.framework_id, NEW.plan_from, NEW.as_at, NEW.last_line, NEW.rule_version,
        NEW.content_sha256, NEW.sealed_by, NEW.created_at,
        CASE WHEN OLD.status <> 'draft' THEN NEW.title END,
        CASE WHEN OLD.status = 'reopened' THEN NEW.reopened_reason END)
    THEN
        PERFORM raise_check_violation('publications_are_sealed');
    END IF;
    NEW.approved_by := OLD.approved_by; NEW.approved_at := OLD.approved_at;
    NEW.published_by := OLD.published_by; NEW.published_at := OLD.published_at;
    NEW.reopened_by := OLD.reopened_by; NEW.reopened_at := OLD.reopened_at;
    CASE OLD.status || ' to ' || NEW.status
        WHEN 'draft to approved' THEN
            IF who IS NULL OR who = OLD.sealed_by OR actor ->> 'kind' = 'client' THEN
                PERFORM raise_check_violation('publications_approved_by_another');
            END IF;
            NEW.approved_by := who; NEW.approved_at := now();
        WHEN 'approved to draft' THEN
            NEW.approved_by := NULL; NEW.approved_at := NULL;
        WHEN 'approved to published' THEN
            NEW.published_by := who; NEW.published_at := now();
        WHEN 'published to reopened' THEN
            NEW.reopened_by := who; NEW.reopened_at := now();
        ELSE
            IF NEW.status <> OLD.status THEN
                PERFORM raise_check_violation('publications_change_status_in_order');
            END IF;
    END CASE;
    RETURN NEW;
END $$;
CREATE TRIGGER check_publication BEFORE INSERT OR UPDATE OR DELETE ON publications
    FOR EACH ROW EXECUTE FUNCTION check_publication();

-- Published periods

-- Returns whether a published period of a framework contains a day or begins after the day.
-- Triggers use the function for progress entries and revisions, which belong to one framework and
-- affect all later figures.
CREATE FUNCTION is_published(day date, framework uuid) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT FROM publications p
        WHERE p.status = 'published' AND p.framework_id = framework AND day <= p.as_at)
$$;

-- Returns whether a published period contains any of these days.
CREATE FUNCTION are_published(days datemultirange) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM publications p
                   WHERE p.status = 'published'
                     AND days && daterange(p.plan_from::date, p.as_at::date, '[]'))
$$;

-- Returns a range that contains only one day.
CREATE FUNCTION single_day(day date) RETURNS datemultirange IMMUTABLE LANGUAGE sql
    RETURN datemultirange(daterange(day, day, '[]'));

-- Refuses a change of rows if the change affects a day in a published period. For each changed row,
-- the affected days are the days on which the row counted before or counts now. If the row's
-- content does not change, only the days that differ are affected. The trigger's argument is a
-- query on the rows %I. The query returns `key`, `counts` (the content that figures read), `days`,
-- `framework_id` if the row belongs to one framework, and `group_id` if the row counts at the
-- meetings of one group.
CREATE FUNCTION refuse_published_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    nothing text := 'SELECT NULL::text AS key, NULL::jsonb AS counts, NULL::datemultirange AS days,
                            NULL::uuid AS framework_id, NULL::uuid AS group_id WHERE false';
    before text := CASE WHEN TG_OP = 'INSERT' THEN nothing
                        ELSE format(TG_ARGV[0], 'rows_before') END;
    after text := CASE WHEN TG_OP = 'DELETE' THEN nothing
                       ELSE format(TG_ARGV[0], 'rows_after') END;
    is_published boolean;
BEGIN
    -- Waits until a transaction that publishes has ended. A transaction that publishes later waits
    -- for this transaction.
    PERFORM FROM publications WHERE status = 'approved' ORDER BY id FOR SHARE;
    IF NOT EXISTS (SELECT FROM publications WHERE status = 'published') THEN RETURN NULL; END IF;
    EXECUTE format(
        'SELECT EXISTS (
             SELECT FROM (%s) was FULL JOIN (%s) now USING (key)
             CROSS JOIN LATERAL (
                 SELECT CASE WHEN was.counts = now.counts
                             THEN (was.days + now.days) - (was.days * now.days)
                             ELSE COALESCE(was.days, ''{}'') + COALESCE(now.days, ''{}'')
                        END AS days,
                        COALESCE(now.framework_id, was.framework_id) AS framework_id,
                        COALESCE(now.group_id, was.group_id) AS group_id
             ) changed
             JOIN publications p ON p.status = ''published'' AND CASE
                 WHEN changed.framework_id IS NOT NULL
                     THEN p.framework_id = changed.framework_id
                          AND changed.days && daterange(NULL, p.as_at, ''[]'')
                 WHEN changed.group_id IS NOT NULL
                     THEN EXISTS (SELECT FROM meetings m
                                  WHERE m.group_id = changed.group_id
                                    AND m.latest_on BETWEEN p.plan_from AND p.as_at
                                    AND changed.days @> m.held_on::date)
                 ELSE changed.days && daterange(p.plan_from::date, p.as_at::date, ''[]'')
                 END)', before, after)
        INTO is_published;
    IF is_published THEN PERFORM raise_check_violation('publications_period_is_published'); END IF;
    RETURN NULL;
END $$;

-- Creates the triggers that refuse changes to a table in published periods. `rows_of` is the
-- argument of refuse_published_change. Triggers fire in the order of their names, and these names
-- sort after the names of the change log triggers: sealing waits for log lines that are being
-- written.
CREATE PROCEDURE create_period_triggers(table_name text, rows_of text) LANGUAGE plpgsql AS $$
BEGIN
    CALL create_statement_triggers(table_name, 'period', 'refuse_published_change', rows_of);
END $$;

CALL create_period_triggers('meetings',
    'SELECT r.id::text AS key,
            jsonb_build_array(r.group_id, r.kind, r.held_on, r.status, r.register) AS counts,
            counted_days(r.held_on, r.latest_on) AS days,
            NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r');
CALL create_period_triggers('meeting_deliverables',
    'SELECT concat(r.meeting_id, ''/'', r.deliverable) AS key,
            jsonb_build_array(r.delivered) AS counts,
            counted_days(m.held_on, m.latest_on) AS days,
            NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN meetings m ON m.id = r.meeting_id');
CALL create_period_triggers('attendance',
    'SELECT r.id::text AS key,
            jsonb_build_array(
                r.meeting_id, r.seat_id, r.council_id, r.delegate_ref, r.status) AS counts,
            counted_days(m.held_on, m.latest_on) AS days,
            NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN meetings m ON m.id = r.meeting_id');
CALL create_period_triggers('evaluations',
    'SELECT r.id::text AS key,
            jsonb_build_array(r.meeting_id, r.question, r.handed_out) AS counts,
            counted_days(m.held_on, m.latest_on) AS days,
            NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN meetings m ON m.id = r.meeting_id');
CALL create_period_triggers('evaluation_ratings',
    'SELECT concat(r.evaluation_id, ''/'', r.position) AS key,
            jsonb_build_array(r.rating, r.forms) AS counts,
            counted_days(m.held_on, m.latest_on) AS days,
            NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN evaluations e ON e.id = r.evaluation_id
     JOIN meetings m ON m.id = e.meeting_id');
-- A correction removes the corrected entry from all days, including days before the correction.
CALL create_period_triggers('progress',
    'SELECT r.id::text AS key,
            to_jsonb(r) - ARRAY[''note'', ''evidence_url'', ''source'', ''author'', ''version'',
                                ''created_at'', ''updated_at''] AS counts,
            single_day(LEAST(r.occurred_on::date, corrected.occurred_on::date)) AS days,
            t.framework_id, NULL::uuid AS group_id
     FROM %I r
     JOIN targets t ON t.id = r.target_id
     LEFT JOIN progress corrected ON corrected.id = r.supersedes_id');
CALL create_period_triggers('revisions',
    'SELECT r.id::text AS key, jsonb_build_array(r.threshold) AS counts,
            single_day(r.revised_on) AS days, t.framework_id, NULL::uuid AS group_id
     FROM %I r JOIN targets t ON t.id = r.target_id');
CALL create_period_triggers('groups',
    'SELECT r.id::text AS key, ''[]''::jsonb AS counts,
            datemultirange(daterange(r.responsible_from, r.responsible_until)) AS days,
            NULL::uuid AS framework_id, r.id AS group_id
     FROM %I r');
CALL create_period_triggers('seats',
    'SELECT r.id::text AS key, jsonb_build_array(r.role) AS counts,
            datemultirange(daterange(r.exists_from, r.exists_until)) AS days,
            NULL::uuid AS framework_id, r.group_id
     FROM %I r');
CALL create_period_triggers('seat_terms',
    'SELECT concat(r.seat_id, ''/'', r.held_from) AS key, jsonb_build_array(r.holder_ref) AS counts,
            datemultirange(daterange(r.held_from, r.held_until)) AS days,
            NULL::uuid AS framework_id, s.group_id
     FROM %I r JOIN seats s ON s.id = r.seat_id');
CALL create_period_triggers('councils',
    'SELECT r.id::text AS key, jsonb_build_array(r.kind) AS counts,
            datemultirange(daterange(r.exists_from, r.exists_until)) AS days,
            NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r');
CALL create_period_triggers('council_memberships',
    'SELECT concat(r.council_id, ''/'', r.member_from) AS key, ''[]''::jsonb AS counts,
            datemultirange(daterange(r.member_from, r.member_until)) AS days,
            NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r');

-- Returns the days from the first to the last day of a row in the change log; empty for null.
CREATE FUNCTION lasting_days(image json) RETURNS datemultirange STABLE LANGUAGE sql AS $$
    SELECT CASE WHEN image IS NULL THEN '{}' ELSE datemultirange(daterange(
        COALESCE(image ->> 'exists_from', image ->> 'responsible_from', image ->> 'held_from',
                 image ->> 'member_from')::date,
        COALESCE(image ->> 'exists_until', image ->> 'responsible_until', image ->> 'held_until',
                 image ->> 'member_until')::date))
    END
$$;
-- Returns the content of a row in the change log without its first day, last day and version.
CREATE FUNCTION lasting_content(image json) RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
    SELECT image::jsonb - ARRAY['exists_from', 'exists_until', 'responsible_from',
                                'responsible_until', 'held_from', 'held_until', 'member_from',
                                'member_until', 'version', 'updated_at']
$$;

-- Publishing and other writes wait for each other. Each write is therefore checked against all
-- periods that are published when the write ends. The key 6175414 must differ from the keys of
-- other advisory locks.

-- Returns whether a publication can be published before this transaction ends. If the result is
-- false, the transaction holds a lock for which publishing waits. The function is volatile, because
-- its second query needs a snapshot that is taken after the lock. Approved publications count,
-- because a write must not wait for a transaction that publishes while that transaction waits for
-- writes.
CREATE FUNCTION can_be_published() RETURNS boolean VOLATILE LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM publications WHERE status IN ('approved', 'published')) THEN
        RETURN true;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(6175414);
    RETURN EXISTS (SELECT FROM publications WHERE status IN ('approved', 'published'));
END $$;

-- Waits for transactions in which can_be_published returned false, and for transactions that have
-- written. Blocks other writes until this transaction ends. A transaction must call this function
-- before it locks a row in publications.
CREATE FUNCTION wait_for_writes() RETURNS void VOLATILE LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(6175414);
    LOCK TABLE changes IN SHARE ROW EXCLUSIVE MODE;
END $$;
