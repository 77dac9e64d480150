-- Returns which of these transactions ($1) are in progress, and whether they have written to the
-- change log of this database.
WITH held AS MATERIALIZED (SELECT * FROM pg_locks WHERE granted)
SELECT asked.id AS transaction, EXISTS (
           SELECT FROM held writes
           WHERE writes.virtualtransaction = runs.virtualtransaction AND writes.relation = 'changes'::regclass
             AND writes.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       ) AS writes
FROM unnest($1) AS asked (id)
JOIN held runs ON runs.locktype = 'transactionid' AND runs.mode = 'ExclusiveLock' AND runs.transactionid = asked.id::text::xid8::xid
