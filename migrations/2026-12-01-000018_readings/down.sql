-- Entries and targets of the kinds that this migration adds do not fit the columns of before, so
-- reverting fails while any exist.
DROP TRIGGER check_entries_within ON targets;
DROP TRIGGER check_numerator ON progress;
DROP TRIGGER check_revision_of_ratio ON revisions;
DROP FUNCTION check_entries_within, check_numerator, check_revision_of_ratio;

DROP VIEW known.progress CASCADE;
ALTER TABLE progress
    DROP CONSTRAINT progress_is_of_its_kind,
    DROP COLUMN reading,
    DROP COLUMN provisional,
    ADD CONSTRAINT progress_is_of_its_kind CHECK (
        (kind = 'coverage') = (council_id IS NOT NULL)
        AND (kind = 'coverage') = (covered IS NOT NULL)
        AND (kind = 'count') = (count IS NOT NULL)
        AND CASE kind::text
                WHEN 'ratio' THEN numerator IS NOT NULL AND denominator IS NOT NULL
                WHEN 'claim' THEN true
                ELSE numerator IS NULL AND denominator IS NULL END
        AND (kind = 'money') = (area IS NOT NULL)
        AND (kind = 'money') = (income_pence IS NOT NULL)
        AND (kind = 'money') = (cost_pence IS NOT NULL)
        AND (kind = 'milestone') = (milestone_state IS NOT NULL)
        AND (kind = 'judgement') = (judged_status IS NOT NULL)
        AND (kind IN ('narrative', 'judgement', 'claim')) = (text IS NOT NULL)
        AND (kind = 'claim' OR (claimed_value IS NULL AND claimed_unit IS NULL))),
    ADD CONSTRAINT progress_numerator_within CHECK (kind = 'claim' OR numerator <= denominator),
    DROP CONSTRAINT progress_fits_the_measure;
CALL create_resource_triggers('progress');
CALL create_history_view('progress', 'progress');

DROP VIEW known.targets CASCADE;
ALTER TABLE targets
    DROP CONSTRAINT targets_id_and_valued_kind,
    DROP COLUMN valued_kind,
    DROP COLUMN reading_lag,
    DROP CONSTRAINT targets_ratio_has_a_unit,
    DROP CONSTRAINT targets_ratio_threshold_fits,
    DROP CONSTRAINT targets_measure_words_are_known,
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
                COALESCE(measure ->> 'aggregate', '') IN ('summed', 'latest', 'minimum')
            WHEN 'financial_balance' THEN
                COALESCE(measure ->> 'requirement', '') IN ('surplus', 'break_even')
            ELSE true END);
ALTER TABLE targets ADD COLUMN valued_kind text GENERATED ALWAYS AS (
        CASE measure ->> 'kind'
            WHEN 'council_coverage'
                THEN CASE WHEN measure ->> 'basis' = 'entries' THEN 'coverage' END
            WHEN 'count_total' THEN 'count'
            WHEN 'ratio' THEN 'ratio'
            WHEN 'financial_balance' THEN 'money'
            WHEN 'milestone' THEN 'milestone'
        END) STORED;
ALTER TABLE targets ADD CONSTRAINT targets_id_and_valued_kind UNIQUE (id, valued_kind);
ALTER TABLE progress ADD CONSTRAINT progress_fits_the_measure
    FOREIGN KEY (target_id, valued_kind) REFERENCES targets (id, valued_kind);
CREATE OR REPLACE FUNCTION threshold_fits(kind text, threshold numeric) RETURNS boolean
IMMUTABLE LANGUAGE sql RETURN CASE
    WHEN kind IN ('milestone', 'narrative') THEN threshold IS NULL
    WHEN kind IN ('meetings_held', 'count_total')
        THEN threshold >= 0 AND threshold = trunc(threshold)
    WHEN kind = 'financial_balance' THEN threshold = trunc(threshold)
    ELSE threshold BETWEEN 0 AND 100 END;

DROP FUNCTION ratio_threshold_fits, may_exceed;
CALL create_resource_triggers('targets');
CALL create_history_view('targets', 'targets');
CALL create_history_view_of_view('meetings_of_targets');
CALL create_history_view_of_view('coverage_measures');

DROP DOMAIN figure;
ALTER DOMAIN unit DROP CONSTRAINT unit_check;
ALTER DOMAIN unit ADD CONSTRAINT unit_check CHECK (VALUE IN ('percent', 'count', 'pence', 'none'));
ALTER DOMAIN progress_kind DROP CONSTRAINT progress_kind_check;
ALTER DOMAIN progress_kind ADD CONSTRAINT progress_kind_check CHECK (VALUE IN (
    'coverage', 'count', 'ratio', 'money', 'milestone', 'narrative', 'judgement', 'claim'));
ALTER DOMAIN measure_kind DROP CONSTRAINT measure_kind_check;
ALTER DOMAIN measure_kind ADD CONSTRAINT measure_kind_check CHECK (VALUE IN (
    'attendance_rate', 'meetings_held', 'deliverable_per_meeting', 'evaluation_rate',
    'council_coverage', 'count_total', 'ratio', 'financial_balance', 'milestone', 'narrative'));
