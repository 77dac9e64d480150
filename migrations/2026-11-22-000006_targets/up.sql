CREATE DOMAIN measure_kind AS text CHECK (VALUE IN (
    'attendance_rate', 'meetings_held', 'deliverable_per_meeting', 'evaluation_rate', 'council_coverage',
    'count_total', 'ratio', 'financial_balance', 'milestone', 'narrative'));
CREATE DOMAIN aim AS text CHECK (VALUE IN ('at_least', 'at_most'));
CREATE DOMAIN frequency AS text CHECK (VALUE IN (
    'annual', 'half_yearly', 'quarterly', 'every_two_months', 'monthly', 'twice_a_month', 'on_demand', 'unknown'));

-- Which thresholds a measure of this kind may have; a target need not have one.
CREATE FUNCTION threshold_fits(kind text, threshold numeric) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN CASE
    WHEN kind IN ('milestone', 'narrative') THEN threshold IS NULL
    WHEN kind IN ('meetings_held', 'count_total') THEN threshold >= 0 AND threshold = trunc(threshold)
    WHEN kind = 'financial_balance' THEN threshold = trunc(threshold)
    ELSE threshold BETWEEN 0 AND 100 END;

CREATE TABLE targets (
    id uuid PRIMARY KEY,
    framework_id uuid NOT NULL CONSTRAINT targets_framework REFERENCES frameworks (id),
    code code NOT NULL,
    title title NOT NULL,
    position integer NOT NULL CONSTRAINT targets_position_is_bounded CHECK (position BETWEEN 0 AND 100000),
    measure jsonb NOT NULL,
    measure_kind measure_kind NOT NULL GENERATED ALWAYS AS (measure ->> 'kind') STORED,
    -- The kind of progress entry that carries this measure's value; null where rows or a person do.
    valued_kind text GENERATED ALWAYS AS (
        CASE measure ->> 'kind'
            WHEN 'council_coverage' THEN CASE WHEN measure ->> 'basis' = 'entries' THEN 'coverage' END
            WHEN 'count_total' THEN 'count'
            WHEN 'ratio' THEN 'ratio'
            WHEN 'financial_balance' THEN 'money'
            WHEN 'milestone' THEN 'milestone'
        END) STORED,
    area text GENERATED ALWAYS AS (measure ->> 'area') STORED,
    aim aim NOT NULL DEFAULT 'at_least',
    threshold decimal_number,
    -- Null is the usual one of the threshold that holds.
    tolerance jsonb,
    frequencies text[] NOT NULL DEFAULT '{unknown}' CONSTRAINT targets_frequencies_are_known CHECK (
        cardinality(frequencies) BETWEEN 1 AND 8 AND frequencies <@ ARRAY[
            'annual', 'half_yearly', 'quarterly', 'every_two_months', 'monthly', 'twice_a_month', 'on_demand', 'unknown']),
    frequency_printed one_line,
    sources text[] NOT NULL DEFAULT '{}'
        CONSTRAINT targets_sources_are_bounded CHECK (cardinality(sources) <= 20 AND are_lines(sources)),
    baseline jsonb,
    owner one_line,
    due_on day,
    notes prose,
    implied boolean NOT NULL DEFAULT false,
    council_reported boolean NOT NULL DEFAULT false,
    continues_target_id uuid CONSTRAINT targets_continues REFERENCES targets (id),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT targets_code_is_unique UNIQUE (framework_id, code),
    CONSTRAINT targets_id_and_framework UNIQUE (id, framework_id),
    CONSTRAINT targets_id_and_valued_kind UNIQUE (id, valued_kind),
    CONSTRAINT targets_id_and_area UNIQUE (id, area),
    CONSTRAINT targets_continue_another CHECK (continues_target_id <> id),
    CONSTRAINT targets_threshold_fits CHECK (threshold_fits(measure ->> 'kind', threshold)),
    CONSTRAINT targets_measure_words_are_known CHECK (
        COALESCE(measure -> 'council_kinds', '[]') <@ '["county", "unitary", "district"]'
        AND COALESCE(measure #> '{selector,meeting_kinds}', '[]')
            <@ '["meeting", "event", "conference", "summit", "master_class", "reception", "programme"]'
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
            WHEN 'ratio' THEN COALESCE(measure ->> 'aggregate', '') IN ('summed', 'latest', 'minimum')
            WHEN 'financial_balance' THEN COALESCE(measure ->> 'requirement', '') IN ('surplus', 'break_even')
            ELSE true END),
    CONSTRAINT targets_baseline_has_a_value CHECK (
        baseline IS NULL OR COALESCE(jsonb_typeof(baseline -> 'value'), '') = 'number'),
    CONSTRAINT targets_tolerance_fits CHECK (
        tolerance IS NULL OR COALESCE(tolerance ->> 'kind', '') IN ('relative', 'absolute')
        AND COALESCE((tolerance ->> 'value')::numeric, -1) BETWEEN 0
            AND CASE WHEN measure ->> 'kind' IN ('meetings_held', 'count_total') THEN 1000000000000 ELSE 100 END
        AND NOT (tolerance ->> 'kind' = 'relative' AND (threshold = 0 OR (tolerance ->> 'value')::numeric > 100))
        AND (measure ->> 'kind' NOT IN ('financial_balance', 'milestone') OR (tolerance ->> 'value')::numeric = 0))
);
CREATE INDEX targets_position ON targets (framework_id, position, id);
CREATE INDEX targets_measure_kind ON targets (measure_kind);
CREATE INDEX targets_continues_target_id ON targets (continues_target_id);
CREATE INDEX targets_code ON targets (code, id);
CREATE INDEX targets_implied ON targets (implied);
CREATE INDEX targets_council_reported ON targets (council_reported);
CALL keep_versions('targets');

-- What a target continues is of an earlier plan year.
CREATE FUNCTION check_continued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM targets p
               JOIN frameworks before ON before.id = p.framework_id
               JOIN frameworks f ON f.id = NEW.framework_id
               WHERE p.id = NEW.continues_target_id AND p.id <> NEW.id AND before.plan_from >= f.plan_from) THEN
        PERFORM refuse('targets_continue_an_earlier_year');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER check_continued AFTER INSERT OR UPDATE OF continues_target_id ON targets
    FOR EACH ROW WHEN (NEW.continues_target_id IS NOT NULL) EXECUTE FUNCTION check_continued();

-- The actions a target hangs on; a joint target hangs on several and counts once.
CREATE TABLE target_actions (
    target_id uuid NOT NULL,
    action_id uuid NOT NULL,
    framework_id uuid NOT NULL,
    PRIMARY KEY (target_id, action_id),
    CONSTRAINT target_actions_target FOREIGN KEY (target_id, framework_id) REFERENCES targets (id, framework_id)
        ON DELETE CASCADE,
    CONSTRAINT target_actions_action FOREIGN KEY (action_id, framework_id) REFERENCES actions (id, framework_id)
);
CREATE INDEX target_actions_action_id ON target_actions (action_id);
CREATE TRIGGER take_framework BEFORE INSERT ON target_actions
    FOR EACH ROW EXECUTE FUNCTION take_framework('targets', 'target_id', 'target_actions_target');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON target_actions
    FOR EACH ROW EXECUTE FUNCTION touch_parent('targets', 'target_id');

-- The groups a measure selects by, kept from the measure itself so that a group in use cannot vanish.
CREATE TABLE target_groups (
    target_id uuid NOT NULL CONSTRAINT target_groups_target REFERENCES targets (id) ON DELETE CASCADE,
    group_id uuid NOT NULL CONSTRAINT target_groups_group REFERENCES groups (id),
    PRIMARY KEY (target_id, group_id)
);
CREATE INDEX target_groups_group_id ON target_groups (group_id);

CREATE FUNCTION keep_target_groups() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    selected uuid[] := ARRAY(SELECT jsonb_array_elements_text(NEW.measure #> '{selector,group_ids}')::uuid);
BEGIN
    DELETE FROM target_groups WHERE target_id = NEW.id AND group_id <> ALL (selected);
    INSERT INTO target_groups (target_id, group_id) SELECT NEW.id, unnest(selected) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_target_groups AFTER INSERT OR UPDATE OF measure ON targets
    FOR EACH ROW EXECUTE FUNCTION keep_target_groups();

-- Once the plan is agreed, a threshold changes by revision alone. An import corrects what was loaded, and says so.
CREATE FUNCTION is_importing() RETURNS boolean STABLE LANGUAGE sql AS
    $$ SELECT COALESCE(current_setting('outturn.importing', true), '') = 'on' $$;

CREATE FUNCTION keep_threshold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT is_importing() AND (SELECT status <> 'draft' FROM frameworks WHERE id = NEW.framework_id FOR SHARE) THEN
        PERFORM refuse('targets_threshold_by_revision');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_threshold BEFORE UPDATE ON targets
    FOR EACH ROW WHEN (OLD.threshold IS DISTINCT FROM NEW.threshold) EXECUTE FUNCTION keep_threshold();

-- A change of a target's threshold; what it was before is kept beside it.
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
CALL keep_versions('revisions');

CREATE FUNCTION can_be_revised_to(threshold numeric, kind text, tolerance jsonb) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN
    threshold_fits(kind, threshold) AND NOT (threshold = 0 AND COALESCE(tolerance ->> 'kind', '') = 'relative');

-- A target that has revisions changes only as they allow; the first of them replaced the target's own threshold.
CREATE FUNCTION keep_revisions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM revisions r WHERE r.target_id = NEW.id
               AND (NEW.threshold IS NULL
                    OR NOT can_be_revised_to(r.threshold, NEW.measure ->> 'kind', NEW.tolerance))) THEN
        PERFORM refuse('targets_fit_their_revisions');
    END IF;
    UPDATE revisions SET previous_threshold = NEW.threshold
    WHERE target_id = NEW.id AND previous_threshold IS DISTINCT FROM NEW.threshold
      AND revised_on = (SELECT min(revised_on) FROM revisions WHERE target_id = NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER keep_revisions AFTER UPDATE OF measure, tolerance, threshold ON targets
    FOR EACH ROW EXECUTE FUNCTION keep_revisions();

-- Revisions of a target are a chain: each is later than the last and keeps the threshold it replaced.
CREATE FUNCTION chain_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    target targets;
    year frameworks;
    last revisions;
BEGIN
    SELECT * INTO target FROM targets WHERE id = NEW.target_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN NEW; END IF;
    SELECT * INTO year FROM frameworks WHERE id = target.framework_id FOR SHARE;
    SELECT * INTO last FROM revisions WHERE target_id = NEW.target_id ORDER BY revised_on DESC LIMIT 1;
    IF year.status = 'closed' AND NOT is_importing() THEN PERFORM refuse('revisions_while_not_closed'); END IF;
    IF year.status = 'draft' THEN PERFORM refuse('revisions_of_an_agreed_plan'); END IF;
    IF target.threshold IS NULL THEN PERFORM refuse('revisions_of_a_threshold'); END IF;
    IF last.revised_on >= NEW.revised_on THEN PERFORM refuse('revisions_in_order'); END IF;
    IF NEW.revised_on < year.plan_from OR NEW.revised_on >= year.plan_until THEN
        PERFORM refuse('revisions_in_the_plan_year');
    END IF;
    IF NOT can_be_revised_to(NEW.threshold, target.measure ->> 'kind', target.tolerance) THEN
        PERFORM refuse('revisions_threshold_fits');
    END IF;
    NEW.previous_threshold := COALESCE(last.threshold, target.threshold);
    RETURN NEW;
END $$;
CREATE TRIGGER chain_revision BEFORE INSERT ON revisions FOR EACH ROW EXECUTE FUNCTION chain_revision();

CREATE FUNCTION keep_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM targets WHERE id = OLD.target_id FOR NO KEY UPDATE;
    IF (SELECT f.status = 'closed' FROM targets t JOIN frameworks f ON f.id = t.framework_id
        WHERE t.id = OLD.target_id FOR SHARE OF f) THEN
        PERFORM refuse('revisions_while_not_closed');
    END IF;
    IF EXISTS (SELECT FROM revisions WHERE target_id = OLD.target_id AND revised_on > OLD.revised_on) THEN
        PERFORM refuse('revisions_last_goes_first');
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER keep_chain BEFORE DELETE ON revisions FOR EACH ROW EXECUTE FUNCTION keep_chain();
