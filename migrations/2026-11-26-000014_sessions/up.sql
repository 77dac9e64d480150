-- How people stay signed in, and how systems prove themselves without a secret.

-- A session goes from a sign-in on through a chain of refresh tokens, of which the newest alone counts. It is over when
-- its row is gone.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL CONSTRAINT sessions_account REFERENCES accounts (id) ON DELETE CASCADE,
    -- SHA-256 of the refresh token that counts; 256 random bits need no slower hash.
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_account_id ON sessions (account_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- A client's public keys, as a JSON Web Key Set.
ALTER TABLE accounts ADD COLUMN jwks jsonb;
ALTER TABLE accounts ADD CONSTRAINT accounts_clients_have_keys CHECK (kind = 'client' OR jwks IS NULL);

-- The ids of assertions that have got a token: none gets a second one, from whichever server.
CREATE TABLE used_assertions (
    client_id uuid NOT NULL CONSTRAINT used_assertions_client REFERENCES accounts (id) ON DELETE CASCADE,
    jti one_line NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, jti)
);
CREATE INDEX used_assertions_expires_at ON used_assertions (expires_at);

-- Keys and sessions are on record; secrets and tokens are not.
CALL keep_changes('accounts', 'accounts', 'id', 'secret_hash');
CALL keep_changes('sessions', 'accounts', 'account_id', 'token_hash');
