-- $1: the client; $2: the key of the response to keep; $3: the number of bytes to free; $4: the
-- maximum number of responses to delete.
WITH oldest AS (
    SELECT key, bytes, created_at FROM idempotent_responses
    WHERE client = $1 AND key <> $2 ORDER BY created_at LIMIT $4
), counted AS (
    SELECT key, sum(bytes) OVER (ORDER BY created_at, key) - bytes AS freed_before FROM oldest
), deleted AS (
    DELETE FROM idempotent_responses r USING counted
    WHERE r.client = $1 AND r.key = counted.key AND counted.freed_before < $3
    RETURNING r.bytes
)
UPDATE idempotent_clients SET bytes = bytes - (SELECT COALESCE(sum(bytes), 0) FROM deleted) WHERE client = $1
