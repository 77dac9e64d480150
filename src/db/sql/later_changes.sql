-- Returns whether a row of the resources in $4 has changed since a snapshot, and the current
-- snapshot. $1, $2: the xmax and the running transactions of the earlier snapshot. $3: the last
-- line that was restored from another server, or null. Restored lines can have any transaction id.
-- ORDER BY with LIMIT makes the planner use the index on transaction_id.
SELECT now AS snapshot, pg_postmaster_start_time() AS server_started_at,
       (SELECT oid FROM pg_database WHERE datname = current_database()) AS database_oid, $3::bigint AS restored_line,
       (SELECT c.id FROM changes c
        WHERE c.transaction_id >= $1 AND c.transaction_id < pg_snapshot_xmax(now)::text::bigint
          AND c.id > COALESCE($3, 0) AND c.resource = ANY ($4)
        ORDER BY c.transaction_id, c.id LIMIT 1) IS NOT NULL
       OR EXISTS (SELECT FROM changes c
                  WHERE c.transaction_id = ANY ($2) AND c.id > COALESCE($3, 0) AND c.resource = ANY ($4))
           AS has_changed
FROM pg_current_snapshot() now
