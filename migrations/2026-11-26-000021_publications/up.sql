-- A look back counts what was written by an instant, or up to a line of the log (outturn.known_line), which is exact: the
-- line is chosen while nobody is writing, an instant can fall into a transaction. Otherwise the past is as it was.
CREATE OR REPLACE PROCEDURE keep_known(shown text, resource text) LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := (SELECT array_agg(quote_ident(a.attname)) FROM pg_index i
                    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                    WHERE i.indrelid = ('public.' || shown)::regclass AND i.indisprimary);
    columns text := (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                     WHERE attrelid = ('public.' || shown)::regclass AND attnum > 0 AND NOT attisdropped);
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE FUNCTION known.past_%1$s() RETURNS SETOF public.%1$I STABLE LANGUAGE plpgsql AS $past$
         BEGIN
             RETURN QUERY WITH undone AS MATERIALIZED (
                 SELECT DISTINCT ON (%2$s) was.*, change.before IS NOT NULL AS stood
                 FROM public.changed_rows change
                 CROSS JOIN LATERAL json_populate_record(NULL::public.%1$I, COALESCE(change.before, change.after)) was
                 WHERE change.resource = %3$L AND change.part IS NOT DISTINCT FROM %4$L
                   AND change.changed_at > COALESCE(NULLIF(current_setting(''outturn.known_at'', true), ''''), ''-infinity'')::timestamptz
                   AND change.change_id > COALESCE(NULLIF(current_setting(''outturn.known_line'', true), ''''), ''0'')::bigint
                 ORDER BY %2$s, change.id)
             SELECT %5$s FROM public.%1$I stands WHERE NOT EXISTS (SELECT FROM undone WHERE (%6$s) = (%7$s))
             UNION ALL
             SELECT %5$s FROM undone WHERE stood;
         END $past$',
        shown, 'was.' || array_to_string(keys, ', was.'), resource, CASE WHEN shown <> resource THEN shown END, columns,
        'undone.' || array_to_string(keys, ', undone.'), 'stands.' || array_to_string(keys, ', stands.'));
    EXECUTE format('CREATE OR REPLACE VIEW known.%1$I AS SELECT %2$s FROM known.past_%1$s()', shown, columns);
END $$;

-- What a framework's metrics were on a day, as somebody sealed them.
CREATE DOMAIN publication_status AS text CHECK (VALUE IN ('draft', 'approved', 'published', 'reopened'));

CREATE TABLE publications (
    id uuid PRIMARY KEY,
    framework_id uuid NOT NULL CONSTRAINT publications_framework REFERENCES frameworks (id),
    title title NOT NULL,
    -- The period: from the plan year's first day to the day that the metrics are read at.
    plan_from day NOT NULL,
    as_at day NOT NULL,
    -- The last line of the change log that counts.
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
    CONSTRAINT publications_reopened_for_a_reason CHECK ((status::text = 'reopened') = (reopened_reason IS NOT NULL))
);
CREATE INDEX publications_framework_id ON publications (framework_id, as_at, id);
CREATE INDEX publications_as_at ON publications (as_at, id);
CREATE INDEX publications_status ON publications (status, plan_from, as_at);
CREATE UNIQUE INDEX publications_published_once ON publications (framework_id, as_at) WHERE status::text = 'published';
CALL keep_versions('publications');
CALL keep_changes('publications', 'publications', 'id');

-- What is sealed, in lines of JSON: the summary, the metrics, and the explanation of each target with all its rows.
CREATE TABLE publication_parts (
    publication_id uuid NOT NULL CONSTRAINT publication_parts_publication REFERENCES publications (id) ON DELETE CASCADE,
    position integer NOT NULL,
    -- Whose explanation it is; null for the summary and the metrics, which come first.
    target_id uuid CONSTRAINT publication_parts_target REFERENCES targets (id),
    content text NOT NULL,
    PRIMARY KEY (publication_id, position)
);
CREATE INDEX publication_parts_target_id ON publication_parts (target_id, publication_id);

-- The digest of a publication's lines, each with its line feed.
CREATE FUNCTION seal_of(publication uuid) RETURNS text STABLE LANGUAGE sql RETURN (
    SELECT encode(sha256(convert_to(string_agg(content || E'\n', '' ORDER BY position), 'UTF8')), 'hex')
    FROM publication_parts WHERE publication_id = publication);

CREATE FUNCTION check_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'publications' THEN
        IF NEW.content_sha256 IS DISTINCT FROM seal_of(NEW.id) THEN PERFORM refuse('publications_are_sealed'); END IF;
    ELSE
        PERFORM refuse('publications_are_sealed') FROM publications p
        WHERE p.id IN (SELECT publication_id FROM rows_after) AND p.content_sha256 IS DISTINCT FROM seal_of(p.id);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER check_seal AFTER INSERT ON publications
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_seal();
CREATE TRIGGER check_seal AFTER INSERT ON publication_parts
    REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION check_seal();

-- What is sealed stays as it is, and goes only with a draft.
CREATE FUNCTION keep_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM publications WHERE id = OLD.publication_id) THEN RETURN OLD; END IF;
    END IF;
    PERFORM refuse('publications_are_sealed');
    RETURN NULL;
END $$;
CREATE TRIGGER keep_sealed BEFORE UPDATE OR DELETE ON publication_parts FOR EACH ROW EXECUTE FUNCTION keep_sealed();
CREATE TRIGGER keep_all_sealed BEFORE TRUNCATE ON publication_parts FOR EACH STATEMENT EXECUTE FUNCTION keep_sealed();

-- The way of a publication: a draft, approved by somebody else than who sealed it, published, reopened. Who did each and
-- when is written here and nowhere else.
CREATE FUNCTION keep_publication() RETURNS trigger LANGUAGE plpgsql AS $$
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
        IF OLD.status <> 'draft' THEN PERFORM refuse('publications_are_kept'); END IF;
        RETURN OLD;
    END IF;
    IF (OLD.id, OLD.framework_id, OLD.plan_from, OLD.as_at, OLD.last_line, OLD.rule_version, OLD.content_sha256, OLD.sealed_by,
        OLD.created_at, CASE WHEN OLD.status <> 'draft' THEN OLD.title END, CASE WHEN OLD.status = 'reopened' THEN OLD.reopened_reason END)
       IS DISTINCT FROM
       (NEW.id, NEW.framework_id, NEW.plan_from, NEW.as_at, NEW.last_line, NEW.rule_version, NEW.content_sha256, NEW.sealed_by,
        NEW.created_at, CASE WHEN OLD.status <> 'draft' THEN NEW.title END, CASE WHEN OLD.status = 'reopened' THEN NEW.reopened_reason END)
    THEN
        PERFORM refuse('publications_are_sealed');
    END IF;
    NEW.approved_by := OLD.approved_by; NEW.approved_at := OLD.approved_at;
    NEW.published_by := OLD.published_by; NEW.published_at := OLD.published_at;
    NEW.reopened_by := OLD.reopened_by; NEW.reopened_at := OLD.reopened_at;
    CASE OLD.status || ' to ' || NEW.status
        WHEN 'draft to approved' THEN
            IF who IS NULL OR who = OLD.sealed_by OR actor ->> 'kind' = 'client' THEN
                PERFORM refuse('publications_approved_by_another');
            END IF;
            NEW.approved_by := who; NEW.approved_at := now();
        WHEN 'approved to draft' THEN
            NEW.approved_by := NULL; NEW.approved_at := NULL;
        WHEN 'approved to published' THEN
            NEW.published_by := who; NEW.published_at := now();
        WHEN 'published to reopened' THEN
            NEW.reopened_by := who; NEW.reopened_at := now();
        ELSE
            IF NEW.status <> OLD.status THEN PERFORM refuse('publications_go_their_way'); END IF;
    END CASE;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_publication BEFORE INSERT OR UPDATE OR DELETE ON publications
    FOR EACH ROW EXECUTE FUNCTION keep_publication();
CREATE TRIGGER keep_all_sealed BEFORE TRUNCATE ON publications FOR EACH STATEMENT EXECUTE FUNCTION keep_sealed();

-- Whether a day lies in a period that is published; for entries and revisions, in that of their framework, where whatever
-- is earlier counts too.
CREATE FUNCTION is_published(day date, framework uuid DEFAULT NULL) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT FROM publications p
        WHERE p.status = 'published' AND day <= p.as_at
          AND CASE WHEN framework IS NULL THEN day >= p.plan_from ELSE p.framework_id = framework END)
$$;

-- A published period takes no more writes: not what a row says of a day in it, nor a row's moving out of it or into it.
-- A row is what counts of it and the days on which it does; a change is looked at by the days that are not the same before
-- and after. The argument says that of the rows of %I: key, counts, days, and where the rows are of one framework or count
-- by a group's meetings, which.
CREATE FUNCTION keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    nothing text := 'SELECT NULL::text AS key, NULL::jsonb AS counts, NULL::datemultirange AS days, NULL::uuid AS framework_id,
                     NULL::uuid AS group_id WHERE false';
    before text := CASE WHEN TG_OP = 'INSERT' THEN nothing ELSE format(TG_ARGV[0], 'rows_before') END;
    after text := CASE WHEN TG_OP = 'DELETE' THEN nothing ELSE format(TG_ARGV[0], 'rows_after') END;
    is_published boolean;
BEGIN
    -- One that is being published just now is waited for; whoever publishes one waits for us.
    PERFORM FROM publications WHERE status = 'approved' ORDER BY id FOR SHARE;
    IF NOT EXISTS (SELECT FROM publications WHERE status = 'published') THEN RETURN NULL; END IF;
    EXECUTE format(
        'SELECT EXISTS (
             SELECT FROM (%s) was FULL JOIN (%s) now USING (key)
             CROSS JOIN LATERAL (
                 SELECT CASE WHEN was.counts = now.counts THEN (was.days + now.days) - (was.days * now.days)
                        ELSE COALESCE(was.days, ''{}'') + COALESCE(now.days, ''{}'') END AS days,
                        COALESCE(now.framework_id, was.framework_id) AS framework_id, COALESCE(now.group_id, was.group_id) AS group_id
             ) changed
             JOIN publications p ON p.status = ''published'' AND CASE
                 WHEN changed.framework_id IS NOT NULL
                     THEN p.framework_id = changed.framework_id AND changed.days && daterange(NULL, p.as_at, ''[]'')
                 WHEN changed.group_id IS NOT NULL
                     THEN EXISTS (SELECT FROM meetings m
                                  WHERE m.group_id = changed.group_id AND m.latest_on BETWEEN p.plan_from AND p.as_at
                                    AND changed.days @> m.held_on::date)
                 ELSE changed.days && daterange(p.plan_from::date, p.as_at::date, ''[]'') END)', before, after)
        INTO is_published;
    IF is_published THEN PERFORM refuse('publications_close_their_period'); END IF;
    RETURN NULL;
END $$;

-- Puts that to a table. The name comes behind the log's: whoever seals waits for the lines that are being written.
CREATE PROCEDURE close_periods(closed text, rows_of text) LANGUAGE plpgsql AS $$
DECLARE
    event text[];
BEGIN
    FOREACH event SLICE 1 IN ARRAY ARRAY[['insert', 'NEW TABLE AS rows_after'], ['delete', 'OLD TABLE AS rows_before'],
                                         ['update', 'OLD TABLE AS rows_before NEW TABLE AS rows_after']] LOOP
        EXECUTE format(
            'CREATE TRIGGER %I AFTER %s ON %I REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION keep_published(%L)',
            'period_' || event[1], event[1], closed, event[2], rows_of);
    END LOOP;
END $$;

CREATE FUNCTION on_day(day date) RETURNS datemultirange IMMUTABLE LANGUAGE sql RETURN datemultirange(daterange(day, day, '[]'));

CALL close_periods('meetings',
    'SELECT r.id::text AS key, jsonb_build_array(r.group_id, r.kind, r.held_on, r.status, r.register) AS counts,
            on_day(r.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id FROM %I r');
CALL close_periods('meeting_deliverables',
    'SELECT concat(r.meeting_id, ''/'', r.deliverable) AS key, jsonb_build_array(r.delivered) AS counts,
            on_day(m.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN meetings m ON m.id = r.meeting_id');
CALL close_periods('attendance',
    'SELECT r.id::text AS key, jsonb_build_array(r.meeting_id, r.seat_id, r.council_id, r.delegate_ref, r.status) AS counts,
            on_day(m.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN meetings m ON m.id = r.meeting_id');
CALL close_periods('evaluations',
    'SELECT r.id::text AS key, jsonb_build_array(r.meeting_id, r.question, r.handed_out) AS counts,
            on_day(m.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN meetings m ON m.id = r.meeting_id');
CALL close_periods('evaluation_ratings',
    'SELECT concat(r.evaluation_id, ''/'', r.position) AS key, jsonb_build_array(r.rating, r.forms) AS counts,
            on_day(m.latest_on) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r JOIN evaluations e ON e.id = r.evaluation_id JOIN meetings m ON m.id = e.meeting_id');
-- A correction takes what it corrects out of every day.
CALL close_periods('progress',
    'SELECT r.id::text AS key,
            to_jsonb(r) - ARRAY[''note'', ''evidence_url'', ''source'', ''author'', ''version'', ''created_at'', ''updated_at''] AS counts,
            on_day(LEAST(r.occurred_on::date, corrected.occurred_on::date)) AS days, t.framework_id, NULL::uuid AS group_id
     FROM %I r JOIN targets t ON t.id = r.target_id LEFT JOIN progress corrected ON corrected.id = r.supersedes_id');
CALL close_periods('revisions',
    'SELECT r.id::text AS key, jsonb_build_array(r.threshold) AS counts, on_day(r.revised_on) AS days, t.framework_id,
            NULL::uuid AS group_id
     FROM %I r JOIN targets t ON t.id = r.target_id');
CALL close_periods('groups',
    'SELECT r.id::text AS key, ''[]''::jsonb AS counts,
            datemultirange(daterange(r.responsible_from, r.responsible_until)) AS days, NULL::uuid AS framework_id, r.id AS group_id
     FROM %I r');
CALL close_periods('seats',
    'SELECT r.id::text AS key, jsonb_build_array(r.role) AS counts,
            datemultirange(daterange(r.exists_from, r.exists_until)) AS days, NULL::uuid AS framework_id, r.group_id
     FROM %I r');
CALL close_periods('seat_terms',
    'SELECT concat(r.seat_id, ''/'', r.held_from) AS key, jsonb_build_array(r.holder_ref) AS counts,
            datemultirange(daterange(r.held_from, r.held_until)) AS days, NULL::uuid AS framework_id, s.group_id
     FROM %I r JOIN seats s ON s.id = r.seat_id');
CALL close_periods('councils',
    'SELECT r.id::text AS key, jsonb_build_array(r.kind) AS counts,
            datemultirange(daterange(r.exists_from, r.exists_until)) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r');
CALL close_periods('council_memberships',
    'SELECT concat(r.council_id, ''/'', r.member_from) AS key, ''[]''::jsonb AS counts,
            datemultirange(daterange(r.member_from, r.member_until)) AS days, NULL::uuid AS framework_id, NULL::uuid AS group_id
     FROM %I r');

-- A baseline that was taken from a publication names it, and the publication stays.
ALTER TABLE targets ADD baseline_publication_id uuid GENERATED ALWAYS AS ((baseline #>> '{source,publication_id}')::uuid) STORED
    CONSTRAINT targets_baseline_publication REFERENCES publications (id);
CREATE INDEX targets_baseline_publication_id ON targets (baseline_publication_id);
-- The version, the log and the past know a table's columns from when they were told of it.
DROP TRIGGER bump_version ON targets;
DROP INDEX targets_updated_at;
CALL keep_versions('targets');
CALL keep_changes('targets', 'targets', 'id');

CALL keep_known('councils', 'councils');
CALL keep_known('council_gss_codes', 'councils');
CALL keep_known('council_memberships', 'councils');
CALL keep_known('council_successions', 'councils');
CALL keep_known('groups', 'groups');
CALL keep_known('seats', 'seats');
CALL keep_known('seat_terms', 'seats');
CALL keep_known('meetings', 'meetings');
CALL keep_known('meeting_deliverables', 'meetings');
CALL keep_known('attendance', 'attendance');
CALL keep_known('evaluations', 'evaluations');
CALL keep_known('evaluation_ratings', 'evaluations');
CALL keep_known('frameworks', 'frameworks');
CALL keep_known('themes', 'themes');
CALL keep_known('outcomes', 'outcomes');
CALL keep_known('actions', 'actions');
CALL keep_known('action_groups', 'actions');
CALL keep_known('action_meetings', 'actions');
CALL keep_known('targets', 'targets');
CALL keep_known('target_actions', 'targets');
CALL keep_known('target_groups', 'targets');
CALL keep_known('revisions', 'revisions');
CALL keep_known('progress', 'progress');
