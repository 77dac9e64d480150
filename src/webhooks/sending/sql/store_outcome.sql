-- Stores the outcome of an attempt. $1: the delivery; $2: the row version that the lease gave the
-- delivery (nothing is stored after a later lease, which changes the version); $3: the new status;
-- $4: the status code of the response; $5: the fault; $6: the seconds until the next attempt, or
-- null if no attempt follows.
UPDATE webhook_deliveries
SET status = $3::text, last_status_code = $4, last_fault = $5, next_attempt_at = now() + make_interval(secs => $6),
    delivered_at = CASE WHEN $3 = 'delivered' THEN now() ELSE delivered_at END
WHERE id = $1 AND version = $2
