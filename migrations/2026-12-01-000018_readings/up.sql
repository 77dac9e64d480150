-- Ratios in other units than per cent, readings, provisional entries, and readings that are due
-- later than their period.

ALTER DOMAIN measure_kind DROP CONSTRAINT measure_kind_check;
ALTER DOMAIN measure_kind ADD CONSTRAINT measure_kind_check CHECK (VALUE IN (
    'attendance_rate', 'meetings_held', 'deliverable_per_meeting', 'evaluation_rate',
    'council_coverage', 'count_total', 'ratio', 'reading', 'financial_balance', 'milestone',
    'narrative'));
ALTER DOMAIN progress_kind DROP CONSTRAINT progress_kind_check;
ALTER DOMAIN progress_kind ADD CONSTRAINT progress_kind_check CHECK (VALUE IN (
    'coverage', 'count', 'ratio', 'reading', 'money', 'milestone', 'narrative', 'judgement',
    'claim'));
ALTER DOMAIN unit DROP CONSTRAINT unit_check;
ALTER DOMAIN unit ADD CONSTRAINT unit_check CHECK (VALUE IN (
    'percent', 'count', 'pence', 'named', 'none'));
CREATE DOMAIN figure AS numeric(15, 4)
    CONSTRAINT figure_is_in_range CHECK (VALUE BETWEEN -100000000000 AND 100000000000);

-- Targets

-- The generated column valued_kind is created again, because its expression cannot change. The
-- history views that read it are created again below.
DROP VIEW known.targets CASCADE;
ALTER TABLE progress
    DROP CONSTRAINT progress_fits_the_measure,
    DROP CONSTRAINT progress_fits_the_area;
ALTER TABLE targets DROP CONSTRAINT targets_id_and_valued_kind;
ALTER TABLE targets DROP COLUMN valued_kind;
ALTER TABLE targets ADD COLUMN valued_kind text GENERATED ALWAYS AS (
    CASE measure ->> 'kind'
        WHEN 'council_coverage'
            THEN CASE WHEN measure ->> 'basis' = 'entries' THEN 'coverage' END
        WHEN 'count_total' THEN 'count'
        WHEN 'ratio' THEN 'ratio'
        WHEN 'reading' THEN 'reading'
        WHEN 'financial_balance' THEN 'money'
        WHEN 'milestone' THEN 'milestone'
    END) STORED;
ALTER TABLE targets ADD CONSTRAINT targets_id_and_valued_kind UNIQUE (id, valued_kind);
-- PostgreSQL checks foreign keys in the order of their creation. The kind of an entry is checked
-- before its area.
ALTER TABLE progress
    ADD CONSTRAINT progress_fits_the_measure
        FOREIGN KEY (target_id, valued_kind) REFERENCES targets (id, valued_kind),
    ADD CONSTRAINT progress_fits_the_area FOREIGN KEY (target_id, area) REFERENCES targets (id, area);

-- How long after the end of its reporting period a reading is due.
ALTER TABLE targets ADD COLUMN reading_lag jsonb CONSTRAINT targets_reading_lag_fits CHECK (
    reading_lag IS NULL
    OR COALESCE(reading_lag ->> 'unit', '') IN ('days', 'months')
       AND COALESCE((reading_lag ->> 'length')::integer, -1) BETWEEN 0
           AND CASE WHEN reading_lag ->> 'unit' = 'months' THEN 36 ELSE 1100 END);

-- Returns whether a numerator of a ratio may exceed its denominator.
CREATE FUNCTION may_exceed(measure jsonb) RETURNS boolean IMMUTABLE LANGUAGE sql
RETURN COALESCE((measure ->> 'may_exceed')::boolean, false)
    OR COALESCE((measure ->> 'per')::integer, 100) <> 100;

CREATE OR REPLACE FUNCTION threshold_fits(kind text, threshold numeric) RETURNS boolean
IMMUTABLE LANGUAGE sql RETURN CASE
    WHEN kind IN ('milestone', 'narrative') THEN threshold IS NULL
    WHEN kind IN ('meetings_held', 'count_total')
        THEN threshold >= 0 AND threshold = trunc(threshold)
    WHEN kind = 'financial_balance' THEN threshold = trunc(threshold)
    WHEN kind = 'reading' THEN true
    WHEN kind = 'ratio' THEN threshold >= 0
    ELSE threshold BETWEEN 0 AND 100 END;

-- Returns whether a ratio may have this threshold. A threshold above 100 % needs a ratio that may
-- exceed 100 %.
CREATE FUNCTION ratio_threshold_fits(measure jsonb, threshold numeric) RETURNS boolean
IMMUTABLE LANGUAGE sql
RETURN measure ->> 'kind' <> 'ratio' OR may_exceed(measure) OR COALESCE(threshold <= 100, true);

ALTER TABLE targets DROP CONSTRAINT targets_measure_words_are_known;
ALTER TABLE targets
    ADD CONSTRAINT targets_measure_words_are_known CHECK (
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
                COALESCE(measure ->> 'aggregate', '')
                    IN ('summed', 'latest', 'minimum', 'maximum')
            WHEN 'reading' THEN
                COALESCE(measure ->> 'aggregate', '')
                    IN ('latest', 'sum', 'mean', 'minimum', 'maximum')
            WHEN 'financial_balance' THEN
                COALESCE(measure ->> 'requirement', '') IN ('surplus', 'break_even')
            ELSE true END),
    ADD CONSTRAINT targets_ratio_threshold_fits CHECK (ratio_threshold_fits(measure, threshold)),
    ADD CONSTRAINT targets_ratio_has_a_unit CHECK (
        measure ->> 'kind' <> 'ratio'
        OR COALESCE((measure ->> 'per')::numeric, 100) BETWEEN 1 AND 1000000
           AND COALESCE((measure ->> 'decimals')::numeric, 2) BETWEEN 0 AND 4
           AND (COALESCE((measure ->> 'per')::numeric, 100) = 100) = (measure ->> 'unit_name' IS NULL));

CALL create_resource_triggers('targets');
CALL create_history_view('targets', 'targets');
CALL create_history_view_of_view('meetings_of_targets');
CALL create_history_view_of_view('coverage_measures');

-- Refuses a revision of a ratio to more than 100 %, unless the ratio may exceed 100 %.
CREATE FUNCTION check_revision_of_ratio() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (SELECT ratio_threshold_fits(t.measure, NEW.threshold) FROM targets t WHERE t.id = NEW.target_id) THEN
        PERFORM raise_check_violation('revisions_threshold_fits');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_revision_of_ratio AFTER INSERT ON revisions
    FOR EACH ROW EXECUTE FUNCTION check_revision_of_ratio();

-- Progress entries

ALTER TABLE progress
    ADD COLUMN reading figure,
    -- Whether the figure is provisional. It counts until an entry supersedes it.
    ADD COLUMN provisional boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT progress_numerator_within,
    DROP CONSTRAINT progress_is_of_its_kind,
    ADD CONSTRAINT progress_is_of_its_kind CHECK (
        (kind = 'coverage') = (council_id IS NOT NULL)
        AND (kind = 'coverage') = (covered IS NOT NULL)
        AND (kind = 'count') = (count IS NOT NULL)
        AND CASE kind::text
                WHEN 'ratio' THEN numerator IS NOT NULL AND denominator IS NOT NULL
                WHEN 'claim' THEN true
                ELSE numerator IS NULL AND denominator IS NULL END
        AND (kind = 'reading') = (reading IS NOT NULL)
        AND (kind = 'money') = (area IS NOT NULL)
        AND (kind = 'money') = (income_pence IS NOT NULL)
        AND (kind = 'money') = (cost_pence IS NOT NULL)
        AND (kind = 'milestone') = (milestone_state IS NOT NULL)
        AND (kind = 'judgement') = (judged_status IS NOT NULL)
        AND (kind IN ('narrative', 'judgement', 'claim')) = (text IS NOT NULL)
        AND (kind = 'claim' OR (claimed_value IS NULL AND claimed_unit IS NULL)));
CALL create_resource_triggers('progress');
CALL create_history_view('progress', 'progress');

-- Refuses a ratio whose numerator exceeds its denominator, unless the target's measure allows it.
-- Locks the target, so its measure cannot change until the transaction ends.
CREATE FUNCTION check_numerator() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT measure FROM targets WHERE id = NEW.target_id FOR SHARE) target
               WHERE NOT may_exceed(target.measure)) THEN
        PERFORM raise_check_violation('progress_numerator_within');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_numerator AFTER INSERT ON progress
    FOR EACH ROW WHEN (NEW.kind::text = 'ratio' AND NEW.numerator > NEW.denominator)
    EXECUTE FUNCTION check_numerator();

-- Refuses a measure that does not allow an existing entry of the target.
CREATE FUNCTION check_entries_within() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM progress p
               WHERE p.target_id = NEW.id AND p.kind = 'ratio' AND p.numerator > p.denominator) THEN
        PERFORM raise_check_violation('targets_allow_their_entries');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_entries_within AFTER UPDATE OF measure ON targets
    FOR EACH ROW WHEN (may_exceed(OLD.measure) AND NOT may_exceed(NEW.measure))
    EXECUTE FUNCTION check_entries_within();
