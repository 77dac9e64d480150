DROP TABLE progress_external_ids, progress;
DROP DOMAIN progress_kind, milestone_state, judged_status, unit;
