-- Returns the state of the change log for the resources in $1: the newest line, the transactions in
-- progress, and the snapshot's xmax, which transactions in progress can have reached too. A snapshot
-- of a standby does not list the transactions in progress. If one is in progress, the list then
-- contains 0, the oldest transaction in progress, and the later transactions with visible lines.
WITH state AS (
    SELECT pg_is_in_recovery() AS is_standby, now AS snapshot, pg_snapshot_xmin(now)::text::bigint AS xmin,
           pg_snapshot_xmax(now)::text::bigint AS xmax
    FROM pg_current_snapshot() now
)
SELECT max(newest.id) AS line, max(newest.changed_at) AS changed_at,
       (SELECT xmax FROM state) AS first_unassigned,
       (SELECT is_standby FROM state) AS is_standby,
       CASE WHEN (SELECT is_standby FROM state) THEN
           ARRAY(SELECT unnest(ARRAY[0, xmin]) FROM state WHERE xmin < xmax
                 UNION
                 SELECT c.transaction_id FROM changes c
                 WHERE c.transaction_id >= (SELECT xmin FROM state)
                   AND c.transaction_id < (SELECT xmax FROM state)
                 ORDER BY 1)
       ELSE
           ARRAY(SELECT xip::text::bigint FROM state, pg_snapshot_xip(snapshot) xip ORDER BY xip)
       END AS open_transactions
FROM unnest($1::text[]) AS read (resource)
CROSS JOIN LATERAL (
    SELECT c.id, c.changed_at FROM changes c WHERE c.resource = read.resource ORDER BY c.id DESC LIMIT 1
) newest
