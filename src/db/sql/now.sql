-- $1: whether to search for lines that were restored from another server. Such a line exists
-- although the snapshot does not contain its transaction.
SELECT now AS snapshot,
       CASE WHEN $1 THEN (
           SELECT max(id) FROM changes
           WHERE transaction_id >= pg_snapshot_xmin(now)::text::bigint
             AND NOT pg_visible_in_snapshot(transaction_id::text::xid8, now)
       ) END AS restored_line
FROM pg_current_snapshot() now
