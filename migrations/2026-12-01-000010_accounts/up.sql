-- The callers of the API: accounts, sessions, role mappings of identity providers, and dataset
-- keys.

-- Accounts

CREATE DOMAIN account_kind AS text CHECK (VALUE IN ('client', 'user'));
CREATE DOMAIN account_role AS text CHECK (VALUE IN ('admin', 'officer', 'council', 'reporter'));

-- Clients (systems) and users (people). A revoked account is kept, because the change log
-- references it.
CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    kind account_kind NOT NULL,
    name one_line NOT NULL,
    email email,
    role account_role NOT NULL,
    -- The system whose external ids a client may write.
    system code,
    -- The argon2id hash (PHC string) of a client's secret or a user's password.
    secret_hash text,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    -- A client's public keys, as a JSON Web Key Set.
    jwks jsonb,
    CONSTRAINT accounts_users_have_an_email CHECK ((kind = 'user') = (email IS NOT NULL)),
    CONSTRAINT accounts_clients_write_a_system CHECK (kind = 'client' OR system IS NULL),
    CONSTRAINT accounts_clients_have_keys CHECK (kind = 'client' OR jwks IS NULL),
    CONSTRAINT accounts_text_is_normal CHECK (is_normal_line(name) AND is_normal_line(email))
);
CREATE UNIQUE INDEX accounts_email_is_unique ON accounts (lower(email)) WHERE revoked_at IS NULL;
-- The change log and the idempotency store identify a client by its name, so a revoked client keeps
-- its name.
CREATE UNIQUE INDEX accounts_client_name_is_unique ON accounts (name) WHERE kind = 'client';
CREATE INDEX accounts_name ON accounts (name, id);
CALL create_resource_triggers('accounts', 'secret_hash');

-- The councils for which an account with the role `council` acts.
CREATE TABLE account_councils (
    account_id uuid NOT NULL
        CONSTRAINT account_councils_account REFERENCES accounts (id) ON DELETE CASCADE,
    council_id uuid NOT NULL CONSTRAINT account_councils_council REFERENCES councils (id),
    PRIMARY KEY (account_id, council_id)
);
CREATE INDEX account_councils_council_id ON account_councils (council_id);
CALL create_part_triggers('account_councils', 'accounts', 'account_id');

-- Sessions

-- A session has one current refresh token. The row is deleted when the session ends.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL
        CONSTRAINT sessions_account REFERENCES accounts (id) ON DELETE CASCADE,
    -- The SHA-256 digest of the current refresh token. A slower hash is not needed, because the
    -- token has 256 random bits.
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_account_id ON sessions (account_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);
CALL create_change_triggers('sessions', 'accounts', 'account_id', 'token_hash');

-- The refresh tokens that a session exchanged for the next token. The use of such a token ends the
-- session; the use of an unknown token does not.
CREATE TABLE used_refresh_tokens (
    session_id uuid NOT NULL
        CONSTRAINT used_refresh_tokens_session REFERENCES sessions (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL,
    exchanged_at timestamptz NOT NULL DEFAULT now(),
    -- The salt from which the server derived the next token (an HMAC with this token as the key). A
    -- browser that sends this token again within seconds receives the same next token. The database
    -- contains neither token. Null for tokens that were not sent in a cookie.
    salt bytea,
    PRIMARY KEY (session_id, token_hash)
);

-- The ids of client assertions that were exchanged for an access token. Each assertion is accepted
-- once.
CREATE TABLE used_assertions (
    client_id uuid NOT NULL
        CONSTRAINT used_assertions_client REFERENCES accounts (id) ON DELETE CASCADE,
    jti one_line NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, jti)
);
CREATE INDEX used_assertions_expires_at ON used_assertions (expires_at);

-- Role mappings

CREATE DOMAIN mapped_claim AS text CHECK (VALUE IN ('groups', 'roles'));

-- The role that a group or app role of an identity provider gives its members.
CREATE TABLE role_mappings (
    id uuid PRIMARY KEY,
    name one_line NOT NULL,
    issuer issuer NOT NULL,
    claim mapped_claim NOT NULL,
    value one_line NOT NULL,
    role account_role NOT NULL,
    -- The system whose external ids callers may write because of this mapping.
    system code,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT role_mappings_text_is_normal CHECK (is_normal_line(name) AND is_normal_line(value))
);
-- Each request with an access token of an identity provider reads this index.
CREATE UNIQUE INDEX role_mappings_are_distinct ON role_mappings (issuer, claim, value);
CREATE INDEX role_mappings_name ON role_mappings (name, id);
CALL create_resource_triggers('role_mappings');

-- The councils for which callers act because of a mapping to the role `council`.
CREATE TABLE role_mapping_councils (
    role_mapping_id uuid NOT NULL
        CONSTRAINT role_mapping_councils_mapping REFERENCES role_mappings (id) ON DELETE CASCADE,
    council_id uuid NOT NULL CONSTRAINT role_mapping_councils_council REFERENCES councils (id),
    PRIMARY KEY (role_mapping_id, council_id)
);
CREATE INDEX role_mapping_councils_council_id ON role_mapping_councils (council_id);
CALL create_part_triggers('role_mapping_councils', 'role_mappings', 'role_mapping_id');

-- Dataset keys

-- Keys that give read access to datasets only, for programs that cannot obtain access tokens. A
-- revoked key is kept as a record.
CREATE TABLE dataset_keys (
    id uuid PRIMARY KEY,
    name one_line NOT NULL,
    expires_at timestamptz NOT NULL,
    last_used_on date,
    -- The SHA-256 digest of the key. The key has 32 random bytes.
    secret_hash bytea NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    CONSTRAINT dataset_keys_expire_within_a_year CHECK (
        expires_at > created_at AND expires_at <= created_at + interval '366 days'),
    CONSTRAINT dataset_keys_text_is_normal CHECK (is_normal_line(name))
);
CREATE INDEX dataset_keys_name ON dataset_keys (name, id);
CALL create_resource_triggers('dataset_keys', 'secret_hash');
