DROP TRIGGER check_revised_tolerance ON revisions;
DROP FUNCTION check_revised_tolerance();
DROP TRIGGER check_changed_parts ON targets;
DROP TRIGGER check_new_parts ON targets;
DROP FUNCTION check_target_parts();
DROP FUNCTION tolerance_exceeds(jsonb, text, numeric);
DROP FUNCTION corrections_of(uuid[]);
