-- The day a meeting was first entered for: reports are cut by it into parts that are fetched at different times, so no row
-- may ever move from one part to another, as one would whose date is corrected.
-- Generated for the rows that stand, which is no change of theirs, and from then on an ordinary column.
ALTER TABLE meetings ADD occurred_on day NOT NULL GENERATED ALWAYS AS (held_on) STORED;
ALTER TABLE meetings ALTER occurred_on DROP EXPRESSION;
CREATE INDEX meetings_occurred_on ON meetings (occurred_on, id);

CREATE FUNCTION keep_occurred_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.occurred_on := CASE TG_OP WHEN 'INSERT' THEN NEW.held_on ELSE OLD.occurred_on END;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_occurred_on BEFORE INSERT OR UPDATE ON meetings
    FOR EACH ROW EXECUTE FUNCTION keep_occurred_on();
CALL keep_changes('meetings', 'meetings', 'id');
CALL keep_known('meetings', 'meetings');

-- Keys that read reports and nothing else, for programs that know no tokens. A revoked one stays for the record.
CREATE TABLE report_keys (
    id uuid PRIMARY KEY,
    name one_line NOT NULL,
    expires_at timestamptz NOT NULL,
    last_used_on date,
    -- SHA-256 of 32 random bytes.
    secret_hash bytea NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    CONSTRAINT report_keys_expire_within_a_year CHECK (
        expires_at > created_at AND expires_at <= created_at + interval '366 days')
);
CREATE INDEX report_keys_name ON report_keys (name, id);
CALL keep_versions('report_keys');
CALL keep_changes('report_keys', 'report_keys', 'id', 'secret_hash');
