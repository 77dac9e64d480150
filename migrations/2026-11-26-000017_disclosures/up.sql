-- Who was shown whose name: written before the answer is sent, and never altered.
CREATE TABLE disclosures (
    id uuid PRIMARY KEY,
    disclosed_at timestamptz NOT NULL DEFAULT now(),
    actor_kind actor_kind NOT NULL,
    account_id uuid,
    actor text NOT NULL,
    operation text NOT NULL,
    request_id text,
    resource text NOT NULL,
    -- The rows whose names were shown; the names themselves are not kept here.
    row_ids uuid[] NOT NULL
);
CREATE INDEX disclosures_disclosed_at ON disclosures (disclosed_at, id);
CREATE INDEX disclosures_row_ids ON disclosures USING gin (row_ids);
CREATE INDEX disclosures_account_id ON disclosures (account_id, disclosed_at);
CREATE INDEX disclosures_actor ON disclosures (actor, disclosed_at);
CREATE INDEX disclosures_resource ON disclosures (resource, disclosed_at);

CREATE FUNCTION keep_disclosures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the record of disclosures is never altered' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER keep_disclosures BEFORE UPDATE OR DELETE OR TRUNCATE ON disclosures
    FOR EACH STATEMENT EXECUTE FUNCTION keep_disclosures();
ALTER TABLE disclosures ENABLE ALWAYS TRIGGER keep_disclosures;
