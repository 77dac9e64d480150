-- Adds the nanoseconds in $2, which a server has taken, to the buckets in $1. Returns the nanoseconds
-- until each bucket is full, by the clock of the database. The order of the rows is the order of the
-- locks, so concurrent exchanges cause no deadlock.
INSERT INTO rate_limit_buckets AS kept (bucket, full_at)
SELECT bucket, now() + taken / 1000.0 * interval '1 microsecond'
FROM unnest($1::uuid[], $2::bigint[]) AS server (bucket, taken)
ORDER BY bucket
ON CONFLICT (bucket) DO UPDATE SET full_at = greatest(kept.full_at, now()) + (excluded.full_at - now())
RETURNING bucket, (greatest(extract(epoch FROM full_at - now()), 0) * 1000000000)::bigint AS full_in
