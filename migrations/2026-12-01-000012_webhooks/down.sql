DROP TABLE webhook_key, webhook_deliveries;
DROP TABLE target_snapshots, webhook_progress, webhook_events, webhooks;
DROP FUNCTION new_id, clear_disabled_reason, oldest_signing;
DROP DOMAIN delivery_fault, delivery_status, disabled_reason, event_type;
