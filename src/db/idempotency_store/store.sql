-- $1: the client; $2: the key; $3 to $7: the digest of the request, and the response. The client's
-- total is updated first, because its row serves as the lock.
WITH total AS (
    INSERT INTO idempotent_clients AS c (client, bytes) VALUES ($1, response_bytes($6))
    ON CONFLICT (client) DO UPDATE
    SET bytes = c.bytes + EXCLUDED.bytes
        - COALESCE((SELECT r.bytes FROM idempotent_responses r WHERE r.client = $1 AND r.key = $2), 0)
    RETURNING c.bytes
), stored AS (
    INSERT INTO idempotent_responses (client, key, request_digest, location, etag, body, shows_a_name)
    SELECT $1, $2, $3, $4, $5, $6, $7 FROM total
    ON CONFLICT (client, key) DO UPDATE
    SET request_digest = EXCLUDED.request_digest, location = EXCLUDED.location,
        etag = EXCLUDED.etag, body = EXCLUDED.body, shows_a_name = EXCLUDED.shows_a_name,
        created_at = now()
)
SELECT bytes FROM total
