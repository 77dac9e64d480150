-- A browser that shows a refresh token again within some seconds gets the same successor. That is derived from the token
-- and this salt (HMAC), so that the database has neither of the two. Tokens that programs send have no salt.
ALTER TABLE used_refresh_tokens
    ADD COLUMN exchanged_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN salt bytea;
