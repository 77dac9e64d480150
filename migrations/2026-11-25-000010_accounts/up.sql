-- Who may ask: clients (systems) and users (people). A revoked account stays, so that what it did keeps its author.
CREATE DOMAIN account_kind AS text CHECK (VALUE IN ('client', 'user'));
CREATE DOMAIN account_role AS text CHECK (VALUE IN ('admin', 'officer', 'council', 'reporter'));
CREATE DOMAIN email AS text
    CONSTRAINT email_is_well_formed CHECK (char_length(VALUE) <= 254 AND VALUE ~ '^[^@\x01-\x20\x7f]+@[^@\x01-\x20\x7f]+$');

CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    kind account_kind NOT NULL,
    name one_line NOT NULL,
    email email,
    role account_role NOT NULL,
    -- The system whose external ids a client writes.
    system code,
    -- A client's secret or a user's password, as argon2id leaves it (PHC string); without one nobody gets in.
    secret_hash text,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    CONSTRAINT accounts_users_have_an_email CHECK ((kind = 'user') = (email IS NOT NULL)),
    CONSTRAINT accounts_clients_write_a_system CHECK (kind = 'client' OR system IS NULL)
);
CREATE UNIQUE INDEX accounts_email_is_unique ON accounts (lower(email)) WHERE revoked_at IS NULL;
-- A client's name is its name in the log, and whose retries are whose: it is not given again.
CREATE UNIQUE INDEX accounts_client_name_is_unique ON accounts (name) WHERE kind = 'client';
CREATE INDEX accounts_name ON accounts (name, id);
CALL keep_versions('accounts');

CREATE TABLE account_councils (
    account_id uuid NOT NULL CONSTRAINT account_councils_account REFERENCES accounts (id) ON DELETE CASCADE,
    council_id uuid NOT NULL CONSTRAINT account_councils_council REFERENCES councils (id),
    PRIMARY KEY (account_id, council_id)
);
CREATE INDEX account_councils_council_id ON account_councils (council_id);
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON account_councils
    FOR EACH ROW EXECUTE FUNCTION touch_parent('accounts', 'account_id');
