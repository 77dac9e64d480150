-- Webhooks: where events are sent, the events, and their deliveries.

-- Webhooks

CREATE DOMAIN event_type AS text CHECK (VALUE IN (
    'attendance.accepted', 'publication.published', 'publication.reopened', 'reading.overdue',
    'target.status_changed', 'webhook.ping'));
CREATE DOMAIN disabled_reason AS text CHECK (VALUE IN ('gone', 'failing'));

-- The database contains no secret that signs messages. The server derives it from its own key, the
-- id and the generation.
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
    -- Why the server disabled the webhook.
    disabled_reason disabled_reason,
    -- Increases with each new secret.
    secret_generation integer NOT NULL DEFAULT 1,
    signs_from_generation integer NOT NULL DEFAULT 1,
    secret_made_at timestamptz NOT NULL DEFAULT now(),
    -- The webhook receives what transactions wrote that had not ended at its creation. The snapshot
    -- is text, because triggers compare rows and pg_snapshot has no equality.
    created_snapshot text NOT NULL DEFAULT pg_current_snapshot()::text,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhooks_disabled_for_a_reason CHECK (NOT (enabled AND disabled_reason IS NOT NULL)),
    CONSTRAINT webhooks_text_is_normal CHECK (is_normal_line(name))
);
CREATE INDEX webhooks_name ON webhooks (name, id);
CALL create_resource_triggers('webhooks');

-- The oldest generation of a secret that still signs. For one day after a new secret, that is the
-- generation that was in use before.
CREATE FUNCTION oldest_signing(made_at timestamptz, signs_from integer, generation integer)
RETURNS integer STABLE LANGUAGE sql
    RETURN CASE WHEN made_at > now() - interval '1 day' THEN signs_from ELSE generation END;

-- A webhook that is enabled again has no reason for being disabled.
CREATE FUNCTION clear_disabled_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.disabled_reason := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER clear_disabled_reason BEFORE UPDATE ON webhooks
    FOR EACH ROW WHEN (NEW.enabled AND NOT OLD.enabled)
    EXECUTE FUNCTION clear_disabled_reason();

-- Events

-- `content` has the bytes that are signed and sent.
CREATE TABLE webhook_events (
    id uuid PRIMARY KEY,
    event_type event_type NOT NULL,
    occurred_at timestamptz NOT NULL,
    content text NOT NULL
);
CREATE INDEX webhook_events_occurred_at ON webhook_events (occurred_at, id);

-- How far events were created from the change log.
CREATE TABLE webhook_progress (
    only_row boolean PRIMARY KEY DEFAULT true
        CONSTRAINT webhook_progress_is_one_row CHECK (only_row),
    -- The transactions whose events were created.
    processed pg_snapshot NOT NULL,
    -- No events are created from lines up to this one: they came with the log of another server.
    restored_line bigint NOT NULL,
    -- The day of the figures that were last compared.
    followed_on date,
    -- In a long stretch: the snapshot at its end, and the last line whose events were created.
    processing_until pg_snapshot,
    processed_line bigint NOT NULL DEFAULT 0
);
INSERT INTO webhook_progress (processed, restored_line) VALUES (pg_current_snapshot(), 0);

-- The status of each target and its overdue readings, as the last events state them.
CREATE TABLE followed_targets (
    target_id uuid PRIMARY KEY
        CONSTRAINT followed_targets_target REFERENCES targets (id) ON DELETE CASCADE,
    status text NOT NULL,
    overdue text[] NOT NULL
);

-- Deliveries

CREATE DOMAIN delivery_status AS text CHECK (VALUE IN ('pending', 'delivered', 'failed'));
CREATE DOMAIN delivery_fault AS text
    CHECK (VALUE IN ('refused', 'out_of_reach', 'unreachable', 'timeout'));

-- The delivery of an event to a webhook, created in the transaction that creates the event.
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
    -- When the next attempt is due. During an attempt, when the attempt counts as lost. Null if no
    -- attempt follows.
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

-- A new UUID of version 7, as the server creates them.
CREATE FUNCTION new_id() RETURNS uuid VOLATILE LANGUAGE sql RETURN encode(set_bit(set_bit(overlay(
    uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
    FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;

-- The fingerprint of the server key from which the secrets of webhooks are derived. A server with
-- another key sends nothing.
CREATE TABLE webhook_key (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT webhook_key_is_one_row CHECK (only_row),
    fingerprint text NOT NULL
);
