-- What the server stores about requests: the idempotency store, the observations of bulk requests,
-- and the disclosures of names.

-- Idempotency store: responses under the key of a client, so that a retry receives the same
-- response and has no effect.

CREATE DOMAIN idempotency_key AS text CHECK (VALUE ~ '^[!-~]{1,255}$');

-- The bytes of a response that count against the storage budget of its client: the body before
-- compression, and a flat amount for the row.
CREATE FUNCTION response_bytes(body bytea) RETURNS bigint IMMUTABLE LANGUAGE sql AS
    'SELECT octet_length(body) + 512::bigint';

CREATE TABLE idempotent_responses (
    client one_line NOT NULL,
    key idempotency_key NOT NULL,
    -- A digest of the path of the operation, the query and the body.
    request_digest bytea NOT NULL,
    -- A response to a bulk request is not of one resource, so it has no location and no etag.
    location text,
    etag text,
    body bytea NOT NULL,
    -- Whether the body shows a name. Each response that shows one is a disclosure.
    shows_a_name boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    bytes bigint NOT NULL GENERATED ALWAYS AS (response_bytes(body)) STORED,
    PRIMARY KEY (client, key)
);
CREATE INDEX idempotent_responses_created_at ON idempotent_responses (created_at);
-- The server deletes the oldest responses of a client first.
CREATE INDEX idempotent_responses_client ON idempotent_responses (client, created_at);

-- The sum of each client's responses. A transaction locks the row before it changes the responses
-- of the client.
CREATE TABLE idempotent_clients (
    client one_line PRIMARY KEY,
    bytes bigint NOT NULL
);

-- Observations

-- When a sender last observed what a bulk request reports about a key. An older report that arrives
-- later is not applied.
CREATE TABLE observations (
    resource text NOT NULL,
    key text NOT NULL,
    observed_at timestamptz NOT NULL,
    -- A row that changed after this instant is newer than the observation.
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (resource, key)
);

-- Records that a deleted row was observed to be gone now, so that an older bulk line does not
-- create it again. After a bulk request, the server stores when its sender observed it. The
-- argument is the key of a row, as the bulk operation of the resource defines it.
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

-- Who received whose name. The server writes a disclosure before it sends the response.
CREATE TABLE disclosures (
    id uuid PRIMARY KEY,
    disclosed_at timestamptz NOT NULL DEFAULT now(),
    actor_kind actor_kind NOT NULL,
    account_id uuid,
    actor text NOT NULL,
    operation text NOT NULL,
    request_id text,
    resource text NOT NULL,
    -- The rows whose names were shown. The names themselves are not stored here.
    row_ids uuid[] NOT NULL
);
CREATE INDEX disclosures_disclosed_at ON disclosures (disclosed_at, id);
CREATE INDEX disclosures_row_ids ON disclosures USING gin (row_ids);
CREATE INDEX disclosures_account_id ON disclosures (account_id, disclosed_at);
CREATE INDEX disclosures_actor ON disclosures (actor, disclosed_at);
CREATE INDEX disclosures_resource ON disclosures (resource, disclosed_at);

-- Refuses every change of a disclosure.
CREATE FUNCTION refuse_disclosure_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'disclosures are never altered' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER refuse_disclosure_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON disclosures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_disclosure_changes();
ALTER TABLE disclosures ENABLE ALWAYS TRIGGER refuse_disclosure_changes;
