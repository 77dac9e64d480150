-- $1 to $4: ids of events, their types, when they happened, their messages; $5: the transaction that wrote it, or null. Each is on its way
-- to every webhook that wants it, and that was not there too late; one that came with a backup has another database's transaction.
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
    AND (h.transaction_id IS NULL OR h.transaction_id >= w.told_from_transaction
         OR w.told_from_transaction > pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
