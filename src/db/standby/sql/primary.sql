-- Returns the position up to which the primary has flushed its WAL. The first eight digits of the
-- name of a WAL file are the timeline. Fails on a standby.
SELECT (SELECT system_identifier FROM pg_control_system()) AS system,
       (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS oid,
       ('x' || left(pg_walfile_name(flushed), 8))::bit(32)::bigint AS timeline,
       (flushed - '0/0')::bigint AS lsn,
       current_setting('synchronous_commit') <> 'off' AS is_durable
FROM pg_current_wal_flush_lsn() AS flushed
