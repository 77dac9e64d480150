-- Behind the last transaction of the log before which all of this database have ended. Transactions of other databases, which
-- only their locks tell, write nothing here; whatever is not known to be one of those is waited for.
WITH ended AS (
    SELECT COALESCE(
        (SELECT min(xid::text::bigint) FROM pg_snapshot_xip(snapshot) xid
         WHERE NOT EXISTS (
             SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
             WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock'
               AND l.transactionid::text::bigint = xid::text::bigint % 4294967296
               AND a.datid <> (SELECT oid FROM pg_database WHERE datname = current_database()))),
        pg_snapshot_xmax(snapshot)::text::bigint) AS before
    FROM pg_current_snapshot() snapshot
)
SELECT COALESCE((SELECT max(c.transaction_id) + 1 FROM changes c WHERE c.transaction_id < ended.before), 0) AS horizon FROM ended
