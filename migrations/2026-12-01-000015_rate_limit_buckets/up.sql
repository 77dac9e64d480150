-- The rate-limit buckets that several servers share. The table is unlogged: a crash empties it, and
-- all buckets are then full. It has no change log, because it is not a record of anybody's work.
CREATE UNLOGGED TABLE rate_limit_buckets (
    -- A digest of the kind of request and the client.
    bucket uuid PRIMARY KEY,
    full_at timestamptz NOT NULL
);
