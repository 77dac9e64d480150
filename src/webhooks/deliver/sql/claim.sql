-- $1: webhooks that are being sent to just now; $2: how many for each of the others; $3: for how many seconds. What is taken is not taken
-- again until then, by whichever server: one that is killed meanwhile loses nothing.
WITH due AS (
    SELECT d.id
    FROM webhooks w
    CROSS JOIN LATERAL (
        SELECT id FROM webhook_deliveries
        WHERE webhook_id = w.id AND status = 'pending' AND next_attempt_at <= now()
        ORDER BY next_attempt_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
    ) d
    WHERE w.enabled AND w.id <> ALL ($1)
)
UPDATE webhook_deliveries d
SET attempts = d.attempts + 1, last_attempt_at = now(), last_status_code = NULL, last_fault = NULL,
    next_attempt_at = now() + make_interval(secs => $3)
FROM due, webhooks w, webhook_events e
WHERE d.id = due.id AND w.id = d.webhook_id AND e.id = d.event_id
RETURNING d.id, d.webhook_id, d.event_id, d.attempts, d.version, w.url, w.secret_generation,
          w.secret_made_at > now() - interval '1 day' AS is_secret_new, e.event_type, e.content
