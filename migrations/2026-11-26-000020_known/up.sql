-- What the tables said at an instant, by the change log: the schema `known` has a view of each, of the same name, so that
-- whoever looks there first reads the past by the same statements. outturn.known_at says which instant.
CREATE SCHEMA known;

-- A row that changed since then is what it was before its first change; all others are as they stand. The past of a table
-- is a function, so that whoever plans a statement over many of them plans no more than over the tables.
CREATE PROCEDURE public.keep_known(shown text, resource text) LANGUAGE plpgsql AS $$
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
                   AND change.changed_at > current_setting(''outturn.known_at'')::timestamptz
                 ORDER BY %2$s, change.id)
             SELECT %5$s FROM public.%1$I stands WHERE NOT EXISTS (SELECT FROM undone WHERE (%6$s) = (%7$s))
             UNION ALL
             SELECT %5$s FROM undone WHERE stood;
         END $past$',
        shown, 'was.' || array_to_string(keys, ', was.'), resource, CASE WHEN shown <> resource THEN shown END, columns,
        'undone.' || array_to_string(keys, ', undone.'), 'stands.' || array_to_string(keys, ', stands.'));
    EXECUTE format('CREATE OR REPLACE VIEW known.%1$I AS SELECT %2$s FROM known.past_%1$s()', shown, columns);
END $$;

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

-- The views that the figures read, over the past tables: their own text, read where `known` comes first.
CREATE PROCEDURE public.keep_known_view(shown text) LANGUAGE plpgsql AS $$
DECLARE
    definition text;
BEGIN
    PERFORM set_config('search_path', 'public', true);
    definition := pg_get_viewdef(shown::regclass);
    PERFORM set_config('search_path', 'known, public', true);
    EXECUTE format('CREATE OR REPLACE VIEW known.%I AS %s', shown, definition);
    PERFORM set_config('search_path', 'public', true);
END $$;

CALL keep_known_view('councils_expected');
CALL keep_known_view('meetings_of_actions');
CALL keep_known_view('meetings_of_targets');
