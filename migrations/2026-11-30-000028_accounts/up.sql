-- The refresh tokens of a session that were exchanged for the next one. Such a token that is used again ends the session,
-- and a token that the session never had does not.
CREATE TABLE used_refresh_tokens (
    session_id uuid NOT NULL CONSTRAINT used_refresh_tokens_session REFERENCES sessions (id) ON DELETE CASCADE,
    -- SHA-256 of the token, as in sessions.
    token_hash bytea NOT NULL,
    PRIMARY KEY (session_id, token_hash)
);
