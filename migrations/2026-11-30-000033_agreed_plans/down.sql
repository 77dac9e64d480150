DROP TRIGGER keep_place ON outcomes;
DROP TRIGGER keep_place ON actions;
DROP TRIGGER keep_action_groups ON action_groups;
DROP TRIGGER keep_target_actions ON target_actions;
DROP TRIGGER keep_agreed_target ON targets;
DROP TRIGGER keep_closed ON targets;
DROP TRIGGER keep_promise ON targets;
DROP FUNCTION keep_place(), keep_action_groups(), keep_target_actions(), keep_agreed_target(), keep_closed(), keep_promise();
DROP FUNCTION is_new(timestamptz, xid), is_closed(uuid), is_agreed(uuid);

CREATE FUNCTION keep_threshold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT is_importing() AND (SELECT status <> 'draft' FROM frameworks WHERE id = NEW.framework_id FOR SHARE) THEN
        PERFORM refuse('targets_threshold_by_revision');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_threshold BEFORE UPDATE ON targets
    FOR EACH ROW WHEN (OLD.threshold IS DISTINCT FROM NEW.threshold) EXECUTE FUNCTION keep_threshold();
