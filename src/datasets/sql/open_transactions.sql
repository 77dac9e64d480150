-- Returns the transactions in $1 that are still in progress, and whether each transaction has
-- locked the table `changes` of this database. Also returns $2, the xmax of the snapshot, if a
-- transaction from $2 on has locked the table or has visible lines: it can have written a line
-- before the snapshot that the snapshot does not contain.
WITH granted_locks AS MATERIALIZED (SELECT * FROM pg_locks WHERE granted),
writers AS (
    SELECT runs.transactionid, EXISTS (
               SELECT FROM granted_locks writes
               WHERE writes.virtualtransaction = runs.virtualtransaction AND writes.relation = 'changes'::regclass
                 AND writes.database = (SELECT oid FROM pg_database WHERE datname = current_database())
           ) AS writes
    FROM granted_locks runs WHERE runs.locktype = 'transactionid' AND runs.mode = 'ExclusiveLock'
),
requested AS (SELECT id, id::text::xid8::xid AS transactionid FROM unnest($1::bigint[]) AS requested (id))
SELECT requested.id AS transaction, writers.writes FROM requested JOIN writers USING (transactionid)
UNION ALL
SELECT $2, true
WHERE EXISTS (SELECT FROM writers WHERE writes AND transactionid::text NOT IN (SELECT transactionid::text FROM requested))
   OR EXISTS (SELECT FROM changes
              WHERE transaction_id >= $2 AND transaction_id < pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
