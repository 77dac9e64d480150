-- Returns the state of the change log for the resources in $1: the newest line, the transactions in
-- progress, and the snapshot's xmax, which transactions in progress can have reached too.
SELECT max(newest.id) AS line, max(newest.changed_at) AS changed_at,
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS first_unassigned,
       ARRAY(SELECT xip::text::bigint FROM pg_snapshot_xip(pg_current_snapshot()) xip ORDER BY xip) AS open_transactions
FROM unnest($1::text[]) AS read (resource)
CROSS JOIN LATERAL (
    SELECT c.id, c.changed_at FROM changes c WHERE c.resource = read.resource ORDER BY c.id DESC LIMIT 1
) newest
