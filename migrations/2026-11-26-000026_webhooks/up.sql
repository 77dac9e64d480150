-- Where events are sent to. The secret that signs them is in no row: it is derived from the server's own key and these.
CREATE DOMAIN event_type AS text CHECK (VALUE IN (
    'attendance.accepted', 'publication.published', 'publication.reopened', 'reading.overdue', 'target.status_changed',
    'webhook.ping'));
CREATE DOMAIN disabled_reason AS text CHECK (VALUE IN ('gone', 'failing'));
CREATE TABLE webhooks (
    id uuid PRIMARY KEY,
    name one_line NOT NULL,
    url url NOT NULL,
    event_types text[] NOT NULL CONSTRAINT webhooks_event_types_are_known CHECK (
        cardinality(event_types) BETWEEN 1 AND 6 AND event_types <@ ARRAY[
            'attendance.accepted', 'publication.published', 'publication.reopened', 'reading.overdue', 'target.status_changed',
            'webhook.ping']),
    enabled boolean NOT NULL DEFAULT true,
    -- Why the server itself stopped sending.
    disabled_reason disabled_reason,
    -- Goes up with every new secret.
    secret_generation integer NOT NULL DEFAULT 1,
    signs_from_generation integer NOT NULL DEFAULT 1,
    secret_made_at timestamptz NOT NULL DEFAULT now(),
    -- What transactions before this one wrote had been written when it was entered, and is not told. Those that ran just then are told.
    told_from_transaction bigint NOT NULL DEFAULT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhooks_disabled_for_a_reason CHECK (NOT (enabled AND disabled_reason IS NOT NULL))
);
CREATE INDEX webhooks_name ON webhooks (name, id);
CALL keep_versions('webhooks');
CALL keep_changes('webhooks', 'webhooks', 'id');

-- The oldest generation that signs: until the newest secret is a day old the one that was in use before, and all since.
CREATE FUNCTION oldest_signing(made_at timestamptz, signs_from integer, generation integer) RETURNS integer STABLE LANGUAGE sql
    RETURN CASE WHEN made_at > now() - interval '1 day' THEN signs_from ELSE generation END;

-- Whoever is enabled again is no longer disabled for any reason.
CREATE FUNCTION clear_disabled_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.disabled_reason := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER clear_disabled_reason BEFORE UPDATE ON webhooks
    FOR EACH ROW WHEN (NEW.enabled AND NOT OLD.enabled) EXECUTE FUNCTION clear_disabled_reason();

-- What happened, as it is told: the very bytes that are signed and sent.
CREATE TABLE webhook_events (
    id uuid PRIMARY KEY,
    event_type event_type NOT NULL,
    occurred_at timestamptz NOT NULL,
    content text NOT NULL
);
CREATE INDEX webhook_events_occurred_at ON webhook_events (occurred_at, id);

-- An event on its way to a webhook: told in the transaction that tells the event, and kept until it has arrived.
CREATE DOMAIN delivery_status AS text CHECK (VALUE IN ('pending', 'delivered', 'failed'));
CREATE DOMAIN delivery_fault AS text CHECK (VALUE IN ('refused', 'out_of_reach', 'unreachable', 'timeout'));
CREATE TABLE webhook_deliveries (
    id uuid PRIMARY KEY,
    webhook_id uuid NOT NULL CONSTRAINT webhook_deliveries_webhook REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id uuid NOT NULL CONSTRAINT webhook_deliveries_event REFERENCES webhook_events (id) ON DELETE CASCADE,
    status delivery_status NOT NULL DEFAULT 'pending',
    attempts integer NOT NULL DEFAULT 0,
    last_attempt_at timestamptz,
    last_status_code integer,
    last_fault delivery_fault,
    -- When it is tried next; while it is being tried, when it is taken for lost. Null once nothing more is tried.
    next_attempt_at timestamptz DEFAULT now(),
    delivered_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_deliveries_once UNIQUE (webhook_id, event_id),
    CONSTRAINT webhook_deliveries_pending_are_due CHECK ((status::text = 'pending') = (next_attempt_at IS NOT NULL))
);
CREATE INDEX webhook_deliveries_event_id ON webhook_deliveries (event_id);
CREATE INDEX webhook_deliveries_created_at ON webhook_deliveries (created_at, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at, id) WHERE status::text = 'pending';
CALL keep_versions('webhook_deliveries');

-- A fresh id of version 7, as those are that the server makes.
CREATE FUNCTION new_id() RETURNS uuid VOLATILE LANGUAGE sql RETURN encode(set_bit(set_bit(overlay(
    uuid_send(gen_random_uuid()) PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
    FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;

-- How far the change log has been told, by transactions, and on which day the figures were last looked at. Lines of the log up to one
-- are not told at all: what was before there were webhooks at all, or came with a backup of another database, whose transactions count
-- otherwise.
CREATE TABLE webhook_progress (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT webhook_progress_is_one_row CHECK (only_row),
    next_transaction bigint NOT NULL,
    behind_line bigint NOT NULL,
    followed_on date
);
INSERT INTO webhook_progress (next_transaction, behind_line)
SELECT pg_current_xact_id()::text::bigint, COALESCE(max(id), 0) FROM changes;

-- What the key is known by that the webhooks' secrets are derived from: a server that has another one sends nothing.
CREATE TABLE webhook_key (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT webhook_key_is_one_row CHECK (only_row),
    fingerprint text NOT NULL
);

-- How each target was last told to stand, and what of it was told to be overdue.
CREATE TABLE followed_targets (
    target_id uuid PRIMARY KEY CONSTRAINT followed_targets_target REFERENCES targets (id) ON DELETE CASCADE,
    status text NOT NULL,
    overdue text[] NOT NULL
);
