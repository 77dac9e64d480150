DROP TABLE disclosures;
DROP FUNCTION refuse_disclosure_changes;
-- CASCADE drops the triggers.
DROP FUNCTION observe_deletion CASCADE;
DROP TABLE observations, idempotent_clients, idempotent_responses;
DROP FUNCTION response_bytes;
DROP DOMAIN idempotency_key;
