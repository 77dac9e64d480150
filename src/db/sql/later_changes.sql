-- Returns whether a row of the resources in $3 has changed since a snapshot, and the current
-- snapshot. $1: the last line that was restored from another server, or null. Restored lines can
-- have any transaction id. $2, $4: the xmax and the running transactions of the earlier snapshot.
-- If no transaction has begun since, the change log is not read. ORDER BY with LIMIT makes the
-- planner use the index on transaction_id.
SELECT CASE WHEN pg_is_in_recovery() THEN
           -- As in now.sql: a standby does not list the transactions in progress.
           (pg_snapshot_xmin(now) || ':' || pg_snapshot_xmin(now) || ':')::pg_snapshot
       ELSE now END AS snapshot,
       pg_postmaster_start_time() AS server_started_at,
       (SELECT oid FROM pg_database WHERE datname = current_database()) AS database_oid, $1::bigint AS restored_line,
       CASE WHEN pg_snapshot_xmax(now)::text::bigint = $2 AND cardinality($4::bigint[]) = 0 THEN false ELSE
       (SELECT c.id FROM changes c
        WHERE c.transaction_id >= $2 AND c.transaction_id < pg_snapshot_xmax(now)::text::bigint
          AND c.id > COALESCE($1, 0) AND c.resource = ANY ($3)
        ORDER BY c.transaction_id, c.id LIMIT 1) IS NOT NULL
       OR EXISTS (SELECT FROM changes c
                  WHERE c.transaction_id = ANY ($4) AND c.id > COALESCE($1, 0) AND c.resource = ANY ($3))
       END AS has_changed
FROM pg_current_snapshot() now
