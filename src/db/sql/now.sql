-- $1: whether to search for lines that were restored from another server. Such a line exists
-- although the snapshot does not contain its transaction.
SELECT CASE WHEN pg_is_in_recovery() THEN
           -- A snapshot of a standby does not list the transactions in progress. All transactions
           -- below xmin have ended.
           (pg_snapshot_xmin(now) || ':' || pg_snapshot_xmin(now) || ':')::pg_snapshot
       ELSE now END AS snapshot,
       pg_postmaster_start_time() AS server_started_at,
       (SELECT oid FROM pg_database WHERE datname = current_database()) AS database_oid,
       CASE WHEN $1 THEN (
           -- Adding 0 prevents a scan of the primary key, which would read the whole change log.
           SELECT max(id + 0) FROM changes
           WHERE transaction_id >= pg_snapshot_xmin(now)::text::bigint
             AND NOT pg_visible_in_snapshot(transaction_id::text::xid8, now)
       ) END AS restored_line
FROM pg_current_snapshot() now
