-- Data about requests: the idempotency store, the observations of bulk requests, and the
-- disclosures of names.

-- Idempotency store: the responses for each client's idempotency keys. A retry receives the same
-- response and has no other effect.

CREATE DOMAIN idempotency_key AS text CHECK (VALUE ~ '^[!-~]{1,255}$');

-- Returns the number of bytes by which a response reduces the storage budget of its client: the
-- length of the body before compression, and a fixed amount for the row.
CREATE FUNCTION response_bytes(body bytea) RETURNS bigint IMMUTABLE LANGUAGE sql AS
    'SELECT octet_length(body) + 512::bigint';

CREATE TABLE idempotent_responses (
    client one_line NOT NULL,
    key idempotency_key NOT NULL,
    -- A digest of the request's path, query and body.
    request_digest bytea NOT NULL,
    -- Null for a response to a bulk request, which is not about one resource.
    location text,
    etag text,
    body bytea NOT NULL,
    -- Whether the body contains a person's name. Each response with a name is recorded as a
    -- disclosure.
    shows_a_name boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    bytes bigint NOT NULL GENERATED ALWAYS AS (response_bytes(body)) STORED,
    PRIMARY KEY (client, key)
);
CREATE INDEX idempotent_responses_created_at ON idempotent_responses (created_at);
-- The server reads this index to delete a client's oldest responses first.
CREATE INDEX idempotent_responses_client ON idempotent_responses (client, created_at);

-- The sum of the bytes of each client's responses. A transaction locks this row before it changes
-- the client's responses.
CREATE TABLE idempotent_clients (
    client one_line PRIMARY KEY,
    bytes bigint NOT NULL
);

-- Observations

-- The last observation of each key that a bulk request may contain. A bulk line with an earlier
-- observation that arrives later is not applied.
CREATE TABLE observations (
    resource text NOT NULL,
    key text NOT NULL,
    observed_at timestamptz NOT NULL,
    -- When the observation was recorded. A row that changed after this instant is newer than the
    -- observation.
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (resource, key)
);

-- Records for each deleted row that it is observed to be missing now, so that a bulk line with an
-- earlier observation does not create the row again. At the end of a bulk request, the server
-- replaces the instant with the instant of the sender's observation. The trigger's argument is an
-- SQL expression for the row's key, as the bulk operation defines the key.
CREATE FUNCTION observe_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO observations (resource, key, observed_at, recorded_at)
         SELECT %L, key, now(), now() FROM (SELECT DISTINCT %s AS key FROM deleted) AS keys
         WHERE key IS NOT NULL ORDER BY key
         ON CONFLICT (resource, key) DO UPDATE
         SET observed_at = EXCLUDED.observed_at, recorded_at = EXCLUDED.recorded_at',
        TG_TABLE_NAME, TG_ARGV[0]);
    RETURN NULL;
END $$;
CREATE TRIGGER observe_deletion AFTER DELETE ON attendance
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION observe_deletion(
        'concat_ws(''/'', meeting_id,
             CASE WHEN seat_id IS NULL
                  THEN COALESCE(council_id, ''00000000-0000-0000-0000-000000000000'')
                  ELSE seat_id END,
             delegate_ref)');
CREATE TRIGGER observe_deletion AFTER DELETE ON evaluations
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION observe_deletion(
        'concat_ws(''/'', meeting_id, question)');
CREATE TRIGGER observe_deletion AFTER DELETE ON progress
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION observe_deletion(
        'CASE WHEN kind = ''coverage''
              THEN concat_ws(
                  ''/'', target_id, council_id, occurred_on, COALESCE(occasion, '''')) END');

-- Disclosures

-- Disclosures: which caller received the names in which rows. The server writes a disclosure before
-- it sends the response.
CREATE TABLE disclosures (
    id uuid PRIMARY KEY,
    disclosed_at timestamptz NOT NULL DEFAULT now(),
    actor_kind actor_kind NOT NULL,
    account_id uuid,
    actor text NOT NULL,
    operation text NOT NULL,
    request_id text,
    resource text NOT NULL,
    -- The ids of the rows whose names the response contained. The names are not stored here.
    row_ids uuid[] NOT NULL
);
CREATE INDEX disclosures_disclosed_at ON disclosures (disclosed_at, id);
CREATE INDEX disclosures_row_ids ON disclosures USING gin (row_ids);
CREATE INDEX disclosures_account_id ON disclosures (account_id, disclosed_at);
CREATE INDEX disclosures_actor ON disclosures (actor, disclosed_at);
CREATE INDEX disclosures_resource ON disclosures (resource, disclosed_at);

-- Refuses every update and deletion of a disclosure.
CREATE FUNCTION refuse_disclosure_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'disclosures are never altered' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER refuse_disclosure_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON disclosures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_disclosure_changes();
ALTER TABLE disclosures ENABLE ALWAYS TRIGGER refuse_disclosure_changes;
