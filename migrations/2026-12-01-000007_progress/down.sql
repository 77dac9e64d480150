-- DROP ... CASCADE also drops the history view.
DROP VIEW progress_keys;
DROP TABLE progress_external_ids, progress CASCADE;
DROP DOMAIN unit, judged_status, milestone_state, progress_kind;
