-- $1 to $4: ids of events, their types, when they happened, their messages; $5: the transaction that wrote it, or null. Creates a
-- delivery of each for every webhook that is subscribed to it and was entered before the transaction ended. A webhook that
-- was restored from another server has a snapshot that this one has not reached, and gets everything.
WITH happened AS (
    SELECT * FROM unnest($1, $2, $3, $4, $5) AS happened (id, event_type, occurred_at, content, transaction_id)
),
told AS (
    INSERT INTO webhook_events (id, event_type, occurred_at, content)
    SELECT id, event_type, occurred_at, content FROM happened
)
INSERT INTO webhook_deliveries (id, webhook_id, event_id)
SELECT new_id(), w.id, h.id
FROM happened h
JOIN webhooks w ON w.enabled AND h.event_type = ANY (w.event_types)
    AND (h.transaction_id IS NULL OR NOT pg_visible_in_snapshot(h.transaction_id::text::xid8, w.created_snapshot::pg_snapshot)
         OR pg_snapshot_xmax(w.created_snapshot::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()))
