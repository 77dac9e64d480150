-- Leases the deliveries that are due: no server sends a leased delivery until the lease ends. If a
-- server dies, another server leases its deliveries after that. $1, $2: webhooks with attempts in
-- progress, and the numbers of these attempts; $3: the maximum number of attempts for each webhook;
-- $4: the duration of the lease in seconds; $5: the fingerprint of the server's webhook key.
WITH due AS (
    SELECT d.id
    FROM webhooks w
    LEFT JOIN unnest($1::uuid[], $2::bigint[]) AS busy (webhook_id, attempts) ON busy.webhook_id = w.id
    CROSS JOIN LATERAL (
        SELECT id FROM webhook_deliveries
        WHERE webhook_id = w.id AND status = 'pending' AND next_attempt_at <= now()
        ORDER BY next_attempt_at, id LIMIT GREATEST($3 - COALESCE(busy.attempts, 0), 0) FOR UPDATE SKIP LOCKED
    ) d
    WHERE w.enabled AND EXISTS (SELECT FROM webhook_key k WHERE k.fingerprint = $5)
)
UPDATE webhook_deliveries d
SET attempts = d.attempts + 1, last_attempt_at = now(), last_status_code = NULL, last_fault = NULL,
    next_attempt_at = now() + make_interval(secs => $4)
FROM due, webhooks w, webhook_events e
WHERE d.id = due.id AND w.id = d.webhook_id AND e.id = d.event_id
RETURNING d.id, d.webhook_id, d.event_id, d.attempts, d.version, w.url, w.secret_generation,
          oldest_signing(w.secret_made_at, w.signs_from_generation, w.secret_generation) AS signs_from_generation, e.event_type, e.content
