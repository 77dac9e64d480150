-- A line that somebody deletes by itself was seen to be gone just then: a bulk line seen before that does not bring it back.
-- A bulk request notes afterwards when its sender saw it. The argument is what tells the rows apart, as the key of the
-- bulk resource in the code has it.
CREATE FUNCTION note_withdrawal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO observations (resource, key, observed_at, recorded_at)
         SELECT %L, key, now(), now() FROM (SELECT DISTINCT %s AS key FROM withdrawn) AS keys WHERE key IS NOT NULL ORDER BY key
         ON CONFLICT (resource, key) DO UPDATE SET observed_at = EXCLUDED.observed_at, recorded_at = EXCLUDED.recorded_at',
        TG_TABLE_NAME, TG_ARGV[0]);
    RETURN NULL;
END $$;

CREATE TRIGGER note_withdrawal AFTER DELETE ON attendance REFERENCING OLD TABLE AS withdrawn FOR EACH STATEMENT
    EXECUTE FUNCTION note_withdrawal(
        'concat_ws(''/'', meeting_id, CASE WHEN seat_id IS NULL THEN COALESCE(council_id, ''00000000-0000-0000-0000-000000000000'')
                                      ELSE seat_id END, delegate_ref)');
CREATE TRIGGER note_withdrawal AFTER DELETE ON evaluations REFERENCING OLD TABLE AS withdrawn FOR EACH STATEMENT
    EXECUTE FUNCTION note_withdrawal('concat_ws(''/'', meeting_id, question)');
CREATE TRIGGER note_withdrawal AFTER DELETE ON progress REFERENCING OLD TABLE AS withdrawn FOR EACH STATEMENT
    EXECUTE FUNCTION note_withdrawal(
        'CASE WHEN kind = ''coverage'' THEN concat_ws(''/'', target_id, council_id, occurred_on, COALESCE(occasion, '''')) END');
