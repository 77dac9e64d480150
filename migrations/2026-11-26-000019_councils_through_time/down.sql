ALTER TABLE targets DROP COLUMN baseline_target_id;
DROP TRIGGER bump_version ON targets;
DROP INDEX targets_updated_at;
CALL keep_versions('targets');
CALL keep_changes('targets', 'targets', 'id');
DROP VIEW registers_counted;
DROP FUNCTION plan_year_of;
