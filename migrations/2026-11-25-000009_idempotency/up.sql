-- What a client was answered under a key of its own, so that a retry is answered the same and does nothing.
CREATE DOMAIN idempotency_key AS text CHECK (VALUE ~ '^[!-~]{1,255}$');

CREATE TABLE idempotent_answers (
    client one_line NOT NULL,
    key idempotency_key NOT NULL,
    -- A digest of what was asked: the operation's path, the query, the body.
    asked bytea NOT NULL,
    location text NOT NULL,
    etag text NOT NULL,
    body bytea NOT NULL,
    -- Whether the body shows a name: each reading of one is put on record.
    shows_a_name boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client, key)
);
CREATE INDEX idempotent_answers_created_at ON idempotent_answers (created_at);
