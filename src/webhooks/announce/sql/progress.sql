-- How far has been told. What is further than any transaction of this database came with a backup from another.
SELECT next_transaction, behind_line, followed_on, now() AS at, next_transaction > pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS is_anothers
FROM webhook_progress
