-- Stores the outcome of an attempt. $1, $2: the delivery, and its version when it was leased (after
-- a later lease the version differs and nothing is stored); $3: the status of the delivery; $4: the
-- status code of the response; $5: the fault; $6: the seconds until the next attempt, or null for
-- none.
UPDATE webhook_deliveries
SET status = $3, last_status_code = $4, last_fault = $5, next_attempt_at = now() + make_interval(secs => $6),
    delivered_at = CASE WHEN $3 = 'delivered' THEN now() ELSE delivered_at END
WHERE id = $1 AND version = $2
