-- Creates or restarts deliveries to webhook $1. $2: the earliest instant of the events; $3: the
-- instant before which the events occurred, or null; $4: the ids of the events, or null for all
-- events; $5: whether to restart failed deliveries only.
INSERT INTO webhook_deliveries (id, webhook_id, event_id)
SELECT new_id(), w.id, e.id
FROM webhooks w
JOIN webhook_events e ON e.occurred_at >= $2 AND ($3::timestamptz IS NULL OR e.occurred_at < $3) AND ($4::uuid[] IS NULL OR e.id = ANY ($4))
LEFT JOIN webhook_deliveries d ON d.webhook_id = w.id AND d.event_id = e.id
WHERE w.id = $1
  AND CASE WHEN $5 THEN d.status = 'failed'
           ELSE (d.id IS NULL OR d.status <> 'pending') AND e.event_type <> 'webhook.ping' AND e.event_type = ANY (w.event_types) END
ON CONFLICT ON CONSTRAINT webhook_deliveries_once DO UPDATE
    SET status = 'pending', attempts = 0, next_attempt_at = now()
    WHERE webhook_deliveries.status <> 'pending'
