-- Creates a ping event and its delivery. $1: the event's id; $2: the message; $3: the webhook.
WITH created AS (
    INSERT INTO webhook_events (id, event_type, occurred_at, content) VALUES ($1, 'webhook.ping', now(), $2) RETURNING id
)
INSERT INTO webhook_deliveries (id, webhook_id, event_id) SELECT new_id(), $3, created.id FROM created
