DROP TABLE idempotent_clients;
DROP INDEX idempotent_answers_client;
ALTER TABLE idempotent_answers DROP COLUMN bytes;
DROP FUNCTION answer_bytes;
