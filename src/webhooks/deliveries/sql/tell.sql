-- $1 to $4: ids of events, their types, when they happened, their messages. Each is on its way to every webhook that wants it.
WITH told AS (
    INSERT INTO webhook_events (id, event_type, occurred_at, content)
    SELECT * FROM unnest($1, $2, $3, $4)
    RETURNING id, event_type, occurred_at
)
INSERT INTO webhook_deliveries (id, webhook_id, event_id)
SELECT new_id(), w.id, told.id
FROM told JOIN webhooks w ON w.enabled AND told.event_type = ANY (w.event_types)
