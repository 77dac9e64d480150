-- When each entry of these targets is corrected: on the first day of any entry that follows it in its chain of corrections.
-- It counts on the days before.
CREATE FUNCTION corrections_of(target_ids uuid[]) RETURNS TABLE (entry_id uuid, corrected_on date) STABLE LANGUAGE sql AS $$
    WITH RECURSIVE chain AS (
        SELECT p.supersedes_id AS entry_id, p.id, p.occurred_on::date AS occurred_on
        FROM progress p WHERE p.target_id = ANY (target_ids) AND p.supersedes_id IS NOT NULL
        UNION
        SELECT chain.entry_id, p.id, p.occurred_on::date FROM chain JOIN progress p ON p.supersedes_id = chain.id
    )
    SELECT chain.entry_id, min(chain.occurred_on) FROM chain GROUP BY chain.entry_id
$$;

-- Whether an absolute tolerance is larger than the threshold of an at-least target.
CREATE FUNCTION tolerance_exceeds(tolerance jsonb, aim text, threshold numeric) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN
    COALESCE(aim = 'at_least' AND tolerance ->> 'kind' = 'absolute' AND (tolerance ->> 'value')::numeric > 0
             AND (tolerance ->> 'value')::numeric > threshold, false);

-- What was entered before these rules were made stays until it is changed.
CREATE FUNCTION check_target_parts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    year frameworks;
BEGIN
    IF tolerance_exceeds(NEW.tolerance, NEW.aim, NEW.threshold) THEN
        PERFORM refuse('targets_tolerance_within_threshold');
    END IF;
    IF EXISTS (SELECT FROM revisions r
               WHERE r.target_id = NEW.id AND tolerance_exceeds(NEW.tolerance, NEW.aim, r.threshold)) THEN
        PERFORM refuse('targets_fit_their_revisions');
    END IF;
    IF NEW.aim = 'at_least' AND EXISTS (SELECT FROM jsonb_array_elements(NEW.measure -> 'profile') AS point
                                        WHERE (point ->> 'expected')::numeric > NEW.threshold) THEN
        PERFORM refuse('targets_profile_within_threshold');
    END IF;
    SELECT * INTO year FROM frameworks WHERE id = NEW.framework_id;
    IF EXISTS (SELECT FROM jsonb_array_elements(NEW.measure -> 'profile') AS point
               WHERE (point ->> 'by_on')::date < year.plan_from OR (point ->> 'by_on')::date >= year.plan_until) THEN
        PERFORM refuse('targets_profile_in_the_plan_year');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_new_parts AFTER INSERT ON targets FOR EACH ROW EXECUTE FUNCTION check_target_parts();
CREATE TRIGGER check_changed_parts AFTER UPDATE OF measure, aim, threshold, tolerance ON targets
    FOR EACH ROW WHEN ((OLD.measure, OLD.aim, OLD.threshold, OLD.tolerance)
                       IS DISTINCT FROM (NEW.measure, NEW.aim, NEW.threshold, NEW.tolerance))
    EXECUTE FUNCTION check_target_parts();

-- A revision keeps the target's tolerance within its threshold. It comes behind chain_revision, which locks the target.
CREATE FUNCTION check_revised_tolerance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM targets t
               WHERE t.id = NEW.target_id AND tolerance_exceeds(t.tolerance, t.aim, NEW.threshold)) THEN
        PERFORM refuse('revisions_threshold_fits');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_revised_tolerance BEFORE INSERT ON revisions
    FOR EACH ROW EXECUTE FUNCTION check_revised_tolerance();
