-- An agreed plan keeps whatever its figures and colours follow from; a revision changes a threshold. An import is no exception.
DROP TRIGGER keep_threshold ON targets;
DROP FUNCTION keep_threshold();

-- Whether a framework's plan is agreed, or closed. It stays so until the transaction ends.
CREATE FUNCTION is_agreed(framework uuid) RETURNS boolean LANGUAGE sql AS
    $$ SELECT status::text <> 'draft' FROM frameworks WHERE id = framework FOR SHARE $$;
CREATE FUNCTION is_closed(framework uuid) RETURNS boolean LANGUAGE sql AS
    $$ SELECT status::text = 'closed' FROM frameworks WHERE id = framework FOR SHARE $$;

-- Whether a row was made in this transaction.
CREATE FUNCTION is_new(made_at timestamptz, made_by xid) RETURNS boolean STABLE LANGUAGE sql AS
    $$ SELECT made_at = now() AND age(made_by) <= age(pg_current_xact_id()::xid) $$;

-- A change of a target's content. The columns that only describe it are named, so that a column which is added counts as
-- content.
CREATE FUNCTION keep_promise() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    described text[] := ARRAY['code', 'title', 'position', 'frequency_printed', 'sources', 'owner', 'notes', 'council_reported',
                              'version', 'updated_at'];
BEGIN
    IF to_jsonb(OLD) - described IS DISTINCT FROM to_jsonb(NEW) - described AND is_agreed(NEW.framework_id) THEN
        PERFORM refuse('targets_of_an_agreed_plan');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_promise AFTER UPDATE ON targets FOR EACH ROW EXECUTE FUNCTION keep_promise();

-- A target joins no closed plan.
CREATE FUNCTION keep_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_closed(NEW.framework_id)
       AND NOT EXISTS (SELECT FROM frameworks f WHERE f.id = NEW.framework_id AND is_new(f.created_at, f.xmin)) THEN
        PERFORM refuse('targets_of_an_agreed_plan');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_closed AFTER INSERT ON targets FOR EACH ROW EXECUTE FUNCTION keep_closed();

-- A target that was agreed stays; one that has joined since may go. What else references it is found first.
CREATE FUNCTION keep_agreed_target() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_agreed(OLD.framework_id) AND OLD.created_at <= (
        SELECT min(r.changed_at) FROM changed_rows r
        WHERE r.ids @> ARRAY[OLD.framework_id] AND r.resource = 'frameworks' AND r.resource_id = OLD.framework_id
          AND r.after ->> 'status' <> 'draft') THEN
        PERFORM refuse('targets_of_an_agreed_plan');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_agreed_target AFTER DELETE ON targets FOR EACH ROW EXECUTE FUNCTION keep_agreed_target();

-- The actions of a target that was there before.
CREATE FUNCTION keep_target_actions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    link target_actions := COALESCE(NEW, OLD);
BEGIN
    IF EXISTS (SELECT FROM targets t WHERE t.id = link.target_id AND NOT is_new(t.created_at, t.xmin))
       AND is_agreed(link.framework_id) THEN
        PERFORM refuse('targets_of_an_agreed_plan');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_target_actions AFTER INSERT OR UPDATE OR DELETE ON target_actions
    FOR EACH ROW EXECUTE FUNCTION keep_target_actions();

-- The groups whose meetings an action's targets count. Single meetings are records and may be linked.
CREATE FUNCTION keep_action_groups() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    link action_groups := COALESCE(NEW, OLD);
BEGIN
    IF EXISTS (SELECT FROM target_actions ta JOIN targets t ON t.id = ta.target_id
               WHERE ta.action_id = link.action_id AND NOT is_new(t.created_at, t.xmin) AND is_agreed(t.framework_id)) THEN
        PERFORM refuse('targets_keep_their_groups');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_action_groups AFTER INSERT OR UPDATE OR DELETE ON action_groups
    FOR EACH ROW EXECUTE FUNCTION keep_action_groups();

-- Where targets are rolled up: the outcome of their action, and the theme of that.
CREATE FUNCTION keep_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_agreed(NEW.framework_id) AND EXISTS (
        SELECT FROM target_actions ta JOIN actions a ON a.id = ta.action_id
        WHERE NEW.id IN (a.id, a.outcome_id)) THEN
        PERFORM refuse(CASE TG_TABLE_NAME WHEN 'actions' THEN 'targets_keep_their_outcome' ELSE 'targets_keep_their_theme' END);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_place AFTER UPDATE OF outcome_id ON actions
    FOR EACH ROW WHEN (OLD.outcome_id <> NEW.outcome_id) EXECUTE FUNCTION keep_place();
CREATE TRIGGER keep_place AFTER UPDATE OF theme_id ON outcomes
    FOR EACH ROW WHEN (OLD.theme_id <> NEW.theme_id) EXECUTE FUNCTION keep_place();
