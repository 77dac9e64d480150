-- Creates events. $1 to $4: the ids, types, instants and messages of the events; $5: the
-- transactions that caused the events, or null. Also creates a delivery for each enabled webhook
-- that is subscribed to the event's type and was created before the transaction ended. A webhook
-- from a restored backup of another server can have a snapshot that this server has not reached;
-- such a webhook gets all events.
WITH occurrences AS (
    SELECT * FROM unnest(
        $1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::bigint[]
    ) AS occurrences (id, event_type, occurred_at, content, transaction_id)
),
created AS (
    INSERT INTO webhook_events (id, event_type, occurred_at, content)
    SELECT id, event_type, occurred_at, content FROM occurrences
)
INSERT INTO webhook_deliveries (id, webhook_id, event_id)
SELECT new_id(), w.id, o.id
FROM occurrences o
JOIN webhooks w ON w.enabled AND o.event_type = ANY (w.event_types)
    AND (o.transaction_id IS NULL OR NOT pg_visible_in_snapshot(o.transaction_id::text::xid8, w.created_snapshot::pg_snapshot)
         OR pg_snapshot_xmax(w.created_snapshot::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()))
