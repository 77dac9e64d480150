-- What an answer counts against its client's storage budget: its body before compression, and a flat amount for its row.
CREATE FUNCTION answer_bytes(body bytea) RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT octet_length(body) + 512::bigint';
ALTER TABLE idempotent_answers ADD COLUMN bytes bigint NOT NULL GENERATED ALWAYS AS (answer_bytes(body)) STORED;

-- The oldest answers of a client are deleted first.
CREATE INDEX idempotent_answers_client ON idempotent_answers (client, created_at);

-- The sum of each client's answers. Whoever changes a client's answers locks its row first.
CREATE TABLE idempotent_clients (
    client one_line PRIMARY KEY,
    bytes bigint NOT NULL
);
INSERT INTO idempotent_clients SELECT client, sum(bytes) FROM idempotent_answers GROUP BY client;
