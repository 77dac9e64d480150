-- $1, $2: the delivery and the version at which it was taken: who took it later says what became of it; $3: what became of it; $4, $5: the
-- status answered, what went wrong; $6: seconds until the next attempt, if there is to be one.
UPDATE webhook_deliveries
SET status = $3, last_status_code = $4, last_fault = $5, next_attempt_at = now() + make_interval(secs => $6),
    delivered_at = CASE WHEN $3 = 'delivered' THEN now() ELSE delivered_at END
WHERE id = $1 AND version = $2
