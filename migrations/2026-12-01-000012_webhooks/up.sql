-- Webhooks: the addresses that receive events, the events, and their deliveries.

-- Webhooks

CREATE DOMAIN event_type AS text CHECK (VALUE IN (
    'attendance.accepted', 'publication.published', 'publication.reopened', 'reading.overdue',
    'target.status_changed', 'webhook.ping'));
CREATE DOMAIN disabled_reason AS text CHECK (VALUE IN ('gone', 'failing'));

-- The database contains no secret that signs messages. The server derives each secret from its own
-- key, the webhook's id and the generation.
CREATE TABLE webhooks (
    id uuid PRIMARY KEY,
    name one_line NOT NULL,
    url url NOT NULL,
    event_types text[] NOT NULL CONSTRAINT webhooks_event_types_are_known CHECK (
        cardinality(event_types) BETWEEN 1 AND 6
        AND event_types <@ ARRAY[
            'attendance.accepted', 'publication.published', 'publication.reopened',
            'reading.overdue', 'target.status_changed', 'webhook.ping']),
    enabled boolean NOT NULL DEFAULT true,
    -- The reason why the server disabled the webhook. Null if the webhook is enabled or a caller
    -- disabled it.
    disabled_reason disabled_reason,
    -- Increases with each new secret.
    secret_generation integer NOT NULL DEFAULT 1,
    signs_from_generation integer NOT NULL DEFAULT 1,
    secret_made_at timestamptz NOT NULL DEFAULT now(),
    -- The snapshot when the webhook was created. Transactions that had not ended in this snapshot
    -- create events for the webhook. The column is text, because triggers compare rows and
    -- pg_snapshot has no equality operator.
    created_snapshot text NOT NULL DEFAULT pg_current_snapshot()::text,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhooks_disabled_for_a_reason CHECK (NOT (enabled AND disabled_reason IS NOT NULL)),
    CONSTRAINT webhooks_text_is_normal CHECK (is_normal_line(name))
);
CREATE INDEX webhooks_name ON webhooks (name, id);
CALL create_resource_triggers('webhooks');

-- Returns the oldest secret generation that still signs messages. For one day after a new secret
-- was created, the previously used generations sign as well.
CREATE FUNCTION oldest_signing(made_at timestamptz, signs_from integer, generation integer)
RETURNS integer STABLE LANGUAGE sql
    RETURN CASE WHEN made_at > now() - interval '1 day' THEN signs_from ELSE generation END;

-- Clears the reason when a webhook is enabled again.
CREATE FUNCTION clear_disabled_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.disabled_reason := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER clear_disabled_reason BEFORE UPDATE ON webhooks
    FOR EACH ROW WHEN (NEW.enabled AND NOT OLD.enabled)
    EXECUTE FUNCTION clear_disabled_reason();

-- Events

-- Webhook events. `content` contains the bytes that are signed and sent.
CREATE TABLE webhook_events (
    id uuid PRIMARY KEY,
    event_type event_type NOT NULL,
    occurred_at timestamptz NOT NULL,
    content text NOT NULL
);
CREATE INDEX webhook_events_occurred_at ON webhook_events (occurred_at, id);

-- The position in the change log up to which events were created.
CREATE TABLE webhook_progress (
    only_row boolean PRIMARY KEY DEFAULT true
        CONSTRAINT webhook_progress_is_one_row CHECK (only_row),
    -- The snapshot whose transactions were processed.
    processed pg_snapshot NOT NULL,
    -- The last line that was restored from the change log of another server. No events are created
    -- from the restored lines.
    restored_line bigint NOT NULL,
    -- The date of the figures that were last compared.
    compared_on date,
    -- If a range is processed in several rounds: the snapshot at the end of the range, and the
    -- last line that was processed.
    processing_until pg_snapshot,
    processed_line bigint NOT NULL DEFAULT 0
);
INSERT INTO webhook_progress (processed, restored_line) VALUES (pg_current_snapshot(), 0);

-- The status and the overdue readings of each target when they were last compared. The next
-- comparison creates events for differences.
CREATE TABLE target_snapshots (
    target_id uuid PRIMARY KEY
        CONSTRAINT target_snapshots_target REFERENCES targets (id) ON DELETE CASCADE,
    status text NOT NULL,
    overdue text[] NOT NULL
);

-- Deliveries

CREATE DOMAIN delivery_status AS text CHECK (VALUE IN ('pending', 'delivered', 'failed'));
CREATE DOMAIN delivery_fault AS text
    CHECK (VALUE IN ('refused', 'out_of_reach', 'unreachable', 'timeout'));

-- The delivery of an event to a webhook. The transaction that creates the event creates the
-- delivery.
CREATE TABLE webhook_deliveries (
    id uuid PRIMARY KEY,
    webhook_id uuid NOT NULL
        CONSTRAINT webhook_deliveries_webhook REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id uuid NOT NULL
        CONSTRAINT webhook_deliveries_event REFERENCES webhook_events (id) ON DELETE CASCADE,
    status delivery_status NOT NULL DEFAULT 'pending',
    attempts integer NOT NULL DEFAULT 0,
    last_attempt_at timestamptz,
    last_status_code integer,
    last_fault delivery_fault,
    -- When the next attempt is due; null if no attempt follows. During an attempt, when the lease
    -- of the delivery ends.
    next_attempt_at timestamptz DEFAULT now(),
    delivered_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_deliveries_once UNIQUE (webhook_id, event_id),
    CONSTRAINT webhook_deliveries_pending_are_due CHECK (
        (status::text = 'pending') = (next_attempt_at IS NOT NULL))
);
CREATE INDEX webhook_deliveries_event_id ON webhook_deliveries (event_id);
CREATE INDEX webhook_deliveries_created_at ON webhook_deliveries (created_at, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at, id)
    WHERE status::text = 'pending';
CALL create_version_trigger('webhook_deliveries');

-- Returns a new UUID of version 7. The server's code creates ids in the same form.
CREATE FUNCTION new_id() RETURNS uuid VOLATILE LANGUAGE sql RETURN encode(set_bit(set_bit(overlay(
    uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
    FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;

-- The fingerprint of the key from which the webhooks' secrets are derived. A server with another
-- key sends no deliveries.
CREATE TABLE webhook_key (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT webhook_key_is_one_row CHECK (only_row),
    fingerprint text NOT NULL
);
