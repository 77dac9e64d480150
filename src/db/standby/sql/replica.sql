-- Returns the position up to which a standby has replayed the WAL. No function returns the timeline
-- of that position. The control file contains the timeline of the pages that were written last, on
-- which the replay has been.
SELECT (SELECT system_identifier FROM pg_control_system()) AS system,
       (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS oid,
       pg_is_in_recovery() AS is_in_recovery,
       (SELECT min_recovery_end_timeline FROM pg_control_recovery())::bigint AS timeline,
       COALESCE((pg_last_wal_replay_lsn() - '0/0')::bigint, 0) AS lsn
