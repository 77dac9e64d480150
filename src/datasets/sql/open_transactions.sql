-- Returns the transactions in $1 that are still in progress, and whether each transaction has
-- locked the table `changes` of this database.
WITH granted_locks AS MATERIALIZED (SELECT * FROM pg_locks WHERE granted)
SELECT requested.id AS transaction, EXISTS (
           SELECT FROM granted_locks writes
           WHERE writes.virtualtransaction = runs.virtualtransaction AND writes.relation = 'changes'::regclass
             AND writes.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       ) AS writes
FROM unnest($1::bigint[]) AS requested (id)
JOIN granted_locks runs ON runs.locktype = 'transactionid' AND runs.mode = 'ExclusiveLock' AND runs.transactionid = requested.id::text::xid8::xid
