DROP TABLE idempotent_answers;
DROP DOMAIN idempotency_key;
