-- Targets, the revisions of target thresholds, and the rules for agreed plans.

-- Targets

CREATE DOMAIN measure_kind AS text CHECK (VALUE IN (
    'attendance_rate', 'meetings_held', 'deliverable_per_meeting', 'evaluation_rate',
    'council_coverage', 'count_total', 'ratio', 'financial_balance', 'milestone', 'narrative'));
CREATE DOMAIN aim AS text CHECK (VALUE IN ('at_least', 'at_most'));
CREATE DOMAIN frequency AS text CHECK (VALUE IN (
    'annual', 'half_yearly', 'quarterly', 'every_two_months', 'monthly', 'twice_a_month',
    'on_demand', 'unknown'));

-- Returns whether a measure of this kind may have this threshold. Returns null for a null threshold
-- of a kind that may have a threshold, and a check constraint accepts null.
CREATE FUNCTION threshold_fits(kind text, threshold numeric) RETURNS boolean
IMMUTABLE LANGUAGE sql RETURN CASE
    WHEN kind IN ('milestone', 'narrative') THEN threshold IS NULL
    WHEN kind IN ('meetings_held', 'count_total')
        THEN threshold >= 0 AND threshold = trunc(threshold)
    WHEN kind = 'financial_balance' THEN threshold = trunc(threshold)
    ELSE threshold BETWEEN 0 AND 100 END;

-- Returns whether an absolute tolerance exceeds the threshold. Only matters for the aim at_least.
CREATE FUNCTION tolerance_exceeds(tolerance jsonb, aim text, threshold numeric) RETURNS boolean
IMMUTABLE LANGUAGE sql RETURN COALESCE(
    aim = 'at_least' AND tolerance ->> 'kind' = 'absolute'
    AND (tolerance ->> 'value')::numeric > 0 AND (tolerance ->> 'value')::numeric > threshold,
    false);

CREATE TABLE targets (
    id uuid PRIMARY KEY,
    framework_id uuid NOT NULL CONSTRAINT targets_framework REFERENCES frameworks (id),
    code code NOT NULL,
    title title NOT NULL,
    position integer NOT NULL
        CONSTRAINT targets_position_is_bounded CHECK (position BETWEEN 0 AND 100000),
    measure jsonb NOT NULL,
    measure_kind measure_kind NOT NULL GENERATED ALWAYS AS (measure ->> 'kind') STORED,
    -- The kind of progress entries that state values for this measure. Null if the value comes from
    -- other records or a person judges the target.
    valued_kind text GENERATED ALWAYS AS (
        CASE measure ->> 'kind'
            WHEN 'council_coverage'
                THEN CASE WHEN measure ->> 'basis' = 'entries' THEN 'coverage' END
            WHEN 'count_total' THEN 'count'
            WHEN 'ratio' THEN 'ratio'
            WHEN 'financial_balance' THEN 'money'
            WHEN 'milestone' THEN 'milestone'
        END) STORED,
    area text GENERATED ALWAYS AS (measure ->> 'area') STORED,
    aim aim NOT NULL DEFAULT 'at_least',
    threshold decimal_number,
    -- Null means the default tolerance for the threshold.
    tolerance jsonb,
    frequencies text[] NOT NULL DEFAULT '{unknown}' CONSTRAINT targets_frequencies_are_known CHECK (
        cardinality(frequencies) BETWEEN 1 AND 8
        AND frequencies <@ ARRAY[
            'annual', 'half_yearly', 'quarterly', 'every_two_months', 'monthly', 'twice_a_month',
            'on_demand', 'unknown']),
    -- The frequency in the words of the printed plan.
    frequency_printed one_line,
    sources text[] NOT NULL DEFAULT '{}' CONSTRAINT targets_sources_are_bounded CHECK (
        cardinality(sources) <= 20 AND are_lines(sources)),
    baseline jsonb,
    owner one_line,
    due_on day,
    notes prose,
    implied boolean NOT NULL DEFAULT false,
    council_reported boolean NOT NULL DEFAULT false,
    -- The target from an earlier plan year that this target continues.
    continues_target_id uuid CONSTRAINT targets_continues REFERENCES targets (id),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    -- The target whose metric is the source of the baseline. The foreign key prevents its deletion.
    baseline_target_id uuid
        GENERATED ALWAYS AS ((baseline #>> '{source,target_id}')::uuid) STORED
        CONSTRAINT targets_baseline_source REFERENCES targets (id),
    -- The publication that contains the metric from which the baseline was copied. A foreign key,
    -- which the migration for publications adds, prevents the deletion of the publication.
    baseline_publication_id uuid
        GENERATED ALWAYS AS ((baseline #>> '{source,publication_id}')::uuid) STORED,
    CONSTRAINT targets_code_is_unique UNIQUE (framework_id, code),
    CONSTRAINT targets_id_and_framework UNIQUE (id, framework_id),
    CONSTRAINT targets_id_and_valued_kind UNIQUE (id, valued_kind),
    CONSTRAINT targets_id_and_area UNIQUE (id, area),
    CONSTRAINT targets_text_is_normal CHECK (is_normal_line(title) AND is_normal_line(owner)),
    CONSTRAINT targets_continue_another CHECK (continues_target_id <> id),
    CONSTRAINT targets_threshold_fits CHECK (threshold_fits(measure ->> 'kind', threshold)),
    CONSTRAINT targets_measure_words_are_known CHECK (
        COALESCE(measure -> 'council_kinds', '[]') <@ '["county", "unitary", "district"]'
        AND COALESCE(measure #> '{selector,meeting_kinds}', '[]')
            <@ '["meeting", "event", "conference", "summit", "master_class", "reception",
                 "programme"]'
        AND CASE measure ->> 'kind'
            WHEN 'attendance_rate' THEN
                COALESCE(measure ->> 'unit', '') IN ('seat', 'person', 'council')
                AND COALESCE(measure ->> 'aggregate', '') IN ('pooled', 'distinct', 'min_meeting')
                AND COALESCE(measure ->> 'substitutes', '') IN ('counted', 'not_counted')
                AND COALESCE(measure ->> 'vacancies', '') IN ('excluded', 'included')
            WHEN 'council_coverage' THEN
                COALESCE(measure ->> 'basis', '') IN ('entries', 'membership', 'attendance')
                AND COALESCE(measure ->> 'when', '') IN ('as_at', 'during')
                AND COALESCE(measure ->> 'over_occasions', '') IN ('minimum', 'pooled', 'distinct')
            WHEN 'ratio' THEN
                COALESCE(measure ->> 'aggregate', '') IN ('summed', 'latest', 'minimum')
            WHEN 'financial_balance' THEN
                COALESCE(measure ->> 'requirement', '') IN ('surplus', 'break_even')
            ELSE true END),
    CONSTRAINT targets_baseline_has_a_value CHECK (
        baseline IS NULL OR COALESCE(jsonb_typeof(baseline -> 'value'), '') = 'number'),
    CONSTRAINT targets_tolerance_fits CHECK (
        tolerance IS NULL
        OR COALESCE(tolerance ->> 'kind', '') IN ('relative', 'absolute')
        AND COALESCE((tolerance ->> 'value')::numeric, -1) BETWEEN 0
            AND CASE WHEN measure ->> 'kind' IN ('meetings_held', 'count_total')
                     THEN 1000000000000 ELSE 100 END
        AND NOT (tolerance ->> 'kind' = 'relative'
                 AND (threshold = 0 OR (tolerance ->> 'value')::numeric > 100))
        AND (measure ->> 'kind' NOT IN ('financial_balance', 'milestone')
             OR (tolerance ->> 'value')::numeric = 0))
);
CREATE INDEX targets_position ON targets (framework_id, position, id);
CREATE INDEX targets_measure_kind ON targets (measure_kind);
CREATE INDEX targets_continues_target_id ON targets (continues_target_id);
CREATE INDEX targets_code ON targets (code, id);
CREATE INDEX targets_implied ON targets (implied);
CREATE INDEX targets_council_reported ON targets (council_reported);
CREATE INDEX targets_baseline_target_id ON targets (baseline_target_id);
CREATE INDEX targets_baseline_publication_id ON targets (baseline_publication_id);
CALL create_resource_triggers('targets');
CALL create_history_view('targets', 'targets');

-- Refuses a target that continues a target from the same plan year or a later plan year.
CREATE FUNCTION check_continued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM targets p
               JOIN frameworks before ON before.id = p.framework_id
               JOIN frameworks f ON f.id = NEW.framework_id
               WHERE p.id = NEW.continues_target_id AND p.id <> NEW.id
                 AND before.plan_from >= f.plan_from) THEN
        PERFORM raise_check_violation('targets_continue_an_earlier_year');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER check_continued AFTER INSERT OR UPDATE OF continues_target_id ON targets
    FOR EACH ROW WHEN (NEW.continues_target_id IS NOT NULL) EXECUTE FUNCTION check_continued();

-- The actions to which a target belongs. A joint target belongs to several actions, and roll-ups
-- count it once.
CREATE TABLE target_actions (
    target_id uuid NOT NULL,
    action_id uuid NOT NULL,
    framework_id uuid NOT NULL,
    PRIMARY KEY (target_id, action_id),
    CONSTRAINT target_actions_target
        FOREIGN KEY (target_id, framework_id) REFERENCES targets (id, framework_id)
        ON DELETE CASCADE,
    CONSTRAINT target_actions_action
        FOREIGN KEY (action_id, framework_id) REFERENCES actions (id, framework_id)
);
CREATE INDEX target_actions_action_id ON target_actions (action_id);
CREATE TRIGGER set_framework_id BEFORE INSERT ON target_actions
    FOR EACH ROW
    EXECUTE FUNCTION set_framework_id('targets', 'target_id', 'target_actions_target');
CALL create_part_triggers('target_actions', 'targets', 'target_id');
CALL create_history_view('target_actions', 'targets');

-- The groups that a target's measure selects. The rows are copied from the column measure, so that
-- a foreign key can prevent the deletion of a selected group.
CREATE TABLE target_groups (
    target_id uuid NOT NULL
        CONSTRAINT target_groups_target REFERENCES targets (id) ON DELETE CASCADE,
    group_id uuid NOT NULL CONSTRAINT target_groups_group REFERENCES groups (id),
    PRIMARY KEY (target_id, group_id)
);
CREATE INDEX target_groups_group_id ON target_groups (group_id);
CALL create_change_triggers('target_groups', 'targets', 'target_id');
CALL create_history_view('target_groups', 'targets');

-- Copies the groups that a measure selects into the table target_groups.
CREATE FUNCTION update_target_groups() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    selected uuid[] := ARRAY(
        SELECT jsonb_array_elements_text(NEW.measure #> '{selector,group_ids}')::uuid);
BEGIN
    DELETE FROM target_groups WHERE target_id = NEW.id AND group_id <> ALL (selected);
    INSERT INTO target_groups (target_id, group_id)
    SELECT NEW.id, unnest(selected) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER update_target_groups AFTER INSERT OR UPDATE OF measure ON targets
    FOR EACH ROW EXECUTE FUNCTION update_target_groups();

-- Revisions

-- A dated change of a target's threshold, with the previous threshold.
CREATE TABLE revisions (
    id uuid PRIMARY KEY,
    target_id uuid NOT NULL CONSTRAINT revisions_target REFERENCES targets (id),
    revised_on day NOT NULL,
    threshold decimal_number NOT NULL,
    previous_threshold decimal_number,
    reason prose NOT NULL,
    reference one_line,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT revisions_one_a_day UNIQUE (target_id, revised_on)
);
CREATE INDEX revisions_revised_on ON revisions (revised_on, id);
CALL create_resource_triggers('revisions');
CALL create_history_view('revisions', 'revisions');

-- Returns whether a revision may set this threshold, given the target's measure kind and tolerance.
CREATE FUNCTION can_be_revised_to(threshold numeric, kind text, tolerance jsonb) RETURNS boolean
IMMUTABLE LANGUAGE sql RETURN
    threshold_fits(kind, threshold)
    AND NOT (threshold = 0 AND COALESCE(tolerance ->> 'kind', '') = 'relative');

-- Refuses a change of a target that conflicts with its revisions. If the target's own threshold
-- changes, updates previous_threshold of the first revision to the same value.
CREATE FUNCTION update_revisions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM revisions r WHERE r.target_id = NEW.id
               AND (NEW.threshold IS NULL
                    OR NOT can_be_revised_to(r.threshold, NEW.measure ->> 'kind', NEW.tolerance)))
    THEN
        PERFORM raise_check_violation('targets_fit_their_revisions');
    END IF;
    UPDATE revisions SET previous_threshold = NEW.threshold
    WHERE target_id = NEW.id AND previous_threshold IS DISTINCT FROM NEW.threshold
      AND revised_on = (SELECT min(revised_on) FROM revisions WHERE target_id = NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER update_revisions AFTER UPDATE OF measure, tolerance, threshold ON targets
    FOR EACH ROW EXECUTE FUNCTION update_revisions();

-- Returns whether this transaction is an import. An import may add revisions to a closed framework.
CREATE FUNCTION is_importing() RETURNS boolean STABLE LANGUAGE sql AS
    $$ SELECT COALESCE(current_setting('outturn.importing', true), '') = 'on' $$;

-- Checks a new revision, and stores the threshold that the revision replaces. A revision must be
-- later than the target's other revisions.
CREATE FUNCTION check_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    target targets;
    year frameworks;
    last revisions;
BEGIN
    SELECT * INTO target FROM targets WHERE id = NEW.target_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN NEW; END IF;
    SELECT * INTO year FROM frameworks WHERE id = target.framework_id FOR SHARE;
    SELECT * INTO last FROM revisions
    WHERE target_id = NEW.target_id ORDER BY revised_on DESC LIMIT 1;
    IF year.status = 'closed' AND NOT is_importing() THEN
        PERFORM raise_check_violation('revisions_while_not_closed');
    END IF;
    IF year.status = 'draft' THEN PERFORM raise_check_violation('revisions_of_an_agreed_plan'); END IF;
    IF target.threshold IS NULL THEN PERFORM raise_check_violation('revisions_of_a_threshold'); END IF;
    IF last.revised_on >= NEW.revised_on THEN PERFORM raise_check_violation('revisions_in_order'); END IF;
    IF NEW.revised_on < year.plan_from OR NEW.revised_on >= year.plan_until THEN
        PERFORM raise_check_violation('revisions_in_the_plan_year');
    END IF;
    IF NOT can_be_revised_to(NEW.threshold, target.measure ->> 'kind', target.tolerance)
       OR tolerance_exceeds(target.tolerance, target.aim, NEW.threshold) THEN
        PERFORM raise_check_violation('revisions_threshold_fits');
    END IF;
    NEW.previous_threshold := COALESCE(last.threshold, target.threshold);
    RETURN NEW;
END $$;
CREATE TRIGGER check_revision BEFORE INSERT ON revisions
    FOR EACH ROW EXECUTE FUNCTION check_revision();

-- Refuses to delete a revision if the framework is closed or the target has a later revision.
CREATE FUNCTION check_revision_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM targets WHERE id = OLD.target_id FOR NO KEY UPDATE;
    IF (SELECT f.status = 'closed' FROM targets t JOIN frameworks f ON f.id = t.framework_id
        WHERE t.id = OLD.target_id FOR SHARE OF f) THEN
        PERFORM raise_check_violation('revisions_while_not_closed');
    END IF;
    IF EXISTS (SELECT FROM revisions
               WHERE target_id = OLD.target_id AND revised_on > OLD.revised_on) THEN
        PERFORM raise_check_violation('revisions_latest_is_deleted_first');
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER check_revision_delete BEFORE DELETE ON revisions
    FOR EACH ROW EXECUTE FUNCTION check_revision_delete();

-- Checks that a target's tolerance and profile fit its threshold, its revisions and its plan year.
CREATE FUNCTION check_target_parts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    year frameworks;
BEGIN
    IF tolerance_exceeds(NEW.tolerance, NEW.aim, NEW.threshold) THEN
        PERFORM raise_check_violation('targets_tolerance_within_threshold');
    END IF;
    IF EXISTS (SELECT FROM revisions r
               WHERE r.target_id = NEW.id
                 AND tolerance_exceeds(NEW.tolerance, NEW.aim, r.threshold)) THEN
        PERFORM raise_check_violation('targets_fit_their_revisions');
    END IF;
    IF NEW.aim = 'at_least'
       AND EXISTS (SELECT FROM jsonb_array_elements(NEW.measure -> 'profile') AS point
                   WHERE (point ->> 'expected')::numeric > NEW.threshold) THEN
        PERFORM raise_check_violation('targets_profile_within_threshold');
    END IF;
    SELECT * INTO year FROM frameworks WHERE id = NEW.framework_id;
    IF EXISTS (SELECT FROM jsonb_array_elements(NEW.measure -> 'profile') AS point
               WHERE (point ->> 'by_on')::date < year.plan_from
                  OR (point ->> 'by_on')::date >= year.plan_until) THEN
        PERFORM raise_check_violation('targets_profile_in_the_plan_year');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_new_parts AFTER INSERT ON targets
    FOR EACH ROW EXECUTE FUNCTION check_target_parts();
CREATE TRIGGER check_changed_parts AFTER UPDATE OF measure, aim, threshold, tolerance ON targets
    FOR EACH ROW WHEN ((OLD.measure, OLD.aim, OLD.threshold, OLD.tolerance)
                       IS DISTINCT FROM (NEW.measure, NEW.aim, NEW.threshold, NEW.tolerance))
    EXECUTE FUNCTION check_target_parts();

-- The rules for agreed plans: once a framework is agreed, nothing from which figures and statuses
-- are derived may change. The rules also apply to imports. To change a threshold, create a
-- revision.

-- Refuses to change a target in an agreed plan. Only the columns in the array described may change,
-- so a column that a later migration adds is protected.
CREATE FUNCTION refuse_target_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    described text[] := ARRAY['code', 'title', 'position', 'frequency_printed', 'sources', 'owner',
                              'notes', 'council_reported', 'version', 'updated_at'];
BEGIN
    IF to_jsonb(OLD) - described IS DISTINCT FROM to_jsonb(NEW) - described
       AND is_agreed(NEW.framework_id) THEN
        PERFORM raise_check_violation('targets_of_an_agreed_plan');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_target_change AFTER UPDATE ON targets
    FOR EACH ROW EXECUTE FUNCTION refuse_target_change();

-- Refuses a new target in a closed framework, unless the same transaction has created the
-- framework.
CREATE FUNCTION refuse_target_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_closed(NEW.framework_id)
       AND NOT EXISTS (SELECT FROM frameworks f
                       WHERE f.id = NEW.framework_id AND is_written_in_transaction(f.created_at, f.xmin)) THEN
        PERFORM raise_check_violation('targets_of_an_agreed_plan');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_target_insert AFTER INSERT ON targets
    FOR EACH ROW EXECUTE FUNCTION refuse_target_insert();

-- Refuses to delete a target that existed when its framework was agreed. PostgreSQL checks the
-- foreign keys that reference the target before this trigger runs.
CREATE FUNCTION refuse_target_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_agreed(OLD.framework_id) AND OLD.created_at <= (
        SELECT min(r.changed_at) FROM changed_rows r
        WHERE r.ids @> ARRAY[OLD.framework_id] AND r.resource = 'frameworks'
          AND r.resource_id = OLD.framework_id AND r.after ->> 'status' <> 'draft') THEN
        PERFORM raise_check_violation('targets_of_an_agreed_plan');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_target_delete AFTER DELETE ON targets
    FOR EACH ROW EXECUTE FUNCTION refuse_target_delete();

-- Refuses to change the actions of a target that existed before this transaction, if its plan is
-- agreed.
CREATE FUNCTION refuse_target_action_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    link target_actions := COALESCE(NEW, OLD);
BEGIN
    IF EXISTS (SELECT FROM targets t
               WHERE t.id = link.target_id AND NOT is_written_in_transaction(t.created_at, t.xmin))
       AND is_agreed(link.framework_id) THEN
        PERFORM raise_check_violation('targets_of_an_agreed_plan');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_target_action_change AFTER INSERT OR UPDATE OR DELETE ON target_actions
    FOR EACH ROW EXECUTE FUNCTION refuse_target_action_change();

-- Refuses to change the groups of an action in an agreed plan, if the action has targets, because
-- targets count the meetings of the groups. Linking single meetings to an action stays possible.
CREATE FUNCTION refuse_action_group_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    link action_groups := COALESCE(NEW, OLD);
BEGIN
    IF EXISTS (SELECT FROM target_actions ta JOIN targets t ON t.id = ta.target_id
               WHERE ta.action_id = link.action_id AND NOT is_written_in_transaction(t.created_at, t.xmin)
                 AND is_agreed(t.framework_id)) THEN
        PERFORM raise_check_violation('targets_keep_their_groups');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_action_group_change AFTER INSERT OR UPDATE OR DELETE ON action_groups
    FOR EACH ROW EXECUTE FUNCTION refuse_action_group_change();

-- Refuses to move an action with targets to another outcome, or an outcome that has an action with
-- targets to another theme, if the plan is agreed. Roll-ups count targets by outcome and theme.
CREATE FUNCTION refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_agreed(NEW.framework_id) AND EXISTS (
        SELECT FROM target_actions ta JOIN actions a ON a.id = ta.action_id
        WHERE NEW.id IN (a.id, a.outcome_id)) THEN
        PERFORM raise_check_violation(CASE TG_TABLE_NAME
            WHEN 'actions' THEN 'targets_keep_their_outcome'
            ELSE 'targets_keep_their_theme' END);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_move AFTER UPDATE OF outcome_id ON actions
    FOR EACH ROW WHEN (OLD.outcome_id <> NEW.outcome_id) EXECUTE FUNCTION refuse_move();
CREATE TRIGGER refuse_move AFTER UPDATE OF theme_id ON outcomes
    FOR EACH ROW WHEN (OLD.theme_id <> NEW.theme_id) EXECUTE FUNCTION refuse_move();
