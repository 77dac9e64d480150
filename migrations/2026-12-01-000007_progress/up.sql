-- Progress entries for targets.

CREATE DOMAIN progress_kind AS text CHECK (VALUE IN (
    'coverage', 'count', 'ratio', 'money', 'milestone', 'narrative', 'judgement', 'claim'));
CREATE DOMAIN milestone_state AS text
    CHECK (VALUE IN ('planned', 'started', 'achieved', 'missed'));
CREATE DOMAIN judged_status AS text CHECK (VALUE IN ('green', 'amber', 'red'));
CREATE DOMAIN unit AS text CHECK (VALUE IN ('percent', 'count', 'pence', 'none'));

-- A dated record for a target. A correction is a new entry that references the corrected entry in
-- supersedes_id.
CREATE TABLE progress (
    id uuid PRIMARY KEY,
    target_id uuid NOT NULL CONSTRAINT progress_target REFERENCES targets (id),
    kind progress_kind NOT NULL,
    valued_kind text GENERATED ALWAYS AS (
        CASE WHEN kind::text IN ('narrative', 'judgement', 'claim') THEN NULL
             ELSE kind::text END) STORED,
    occurred_on day NOT NULL,
    source one_line NOT NULL,
    author one_line NOT NULL,
    occasion one_line,
    note prose,
    evidence_url url,
    supersedes_id uuid CONSTRAINT progress_superseded_once UNIQUE,
    council_id uuid CONSTRAINT progress_council REFERENCES councils (id),
    covered boolean,
    count tally,
    numerator tally,
    denominator tally,
    area text,
    income_pence pence,
    cost_pence pence,
    milestone_state milestone_state,
    judged_status judged_status,
    text prose,
    claimed_value decimal_number,
    claimed_unit unit,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT progress_id_of_a_kind UNIQUE (id, target_id, kind),
    CONSTRAINT progress_fits_the_measure
        FOREIGN KEY (target_id, valued_kind) REFERENCES targets (id, valued_kind),
    CONSTRAINT progress_fits_the_area FOREIGN KEY (target_id, area) REFERENCES targets (id, area),
    CONSTRAINT progress_supersedes
        FOREIGN KEY (supersedes_id, target_id, kind) REFERENCES progress (id, target_id, kind),
    CONSTRAINT progress_supersedes_another CHECK (supersedes_id <> id),
    CONSTRAINT progress_is_of_its_kind CHECK (
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
    CONSTRAINT progress_numerator_within CHECK (kind = 'claim' OR numerator <= denominator),
    CONSTRAINT progress_money_is_not_negative CHECK (income_pence >= 0 AND cost_pence >= 0),
    CONSTRAINT progress_text_is_normal CHECK (is_normal_line(occasion))
);
CREATE INDEX progress_target_id ON progress (target_id, occurred_on);
CREATE INDEX progress_occurred_on ON progress (occurred_on, id);
CREATE INDEX progress_council_id ON progress (council_id);
CREATE INDEX progress_kind ON progress (kind);
CALL create_resource_triggers('progress');
CALL create_external_id_table('progress', 'progress');

-- The key by which imported and exported files reference each entry: the key that an import gave
-- it, or its id.
CREATE VIEW progress_keys AS
    SELECT p.id, COALESCE(x.external_id, p.id::text) AS key
    FROM progress p
    LEFT JOIN progress_external_ids x ON x.progress_id = p.id AND x.system = 'import';
CALL create_history_view('progress', 'progress');

-- An API response with an entry contains the id of the correction, so a new correction must
-- increase the version of the corrected entry. Only inserts and deletes need a trigger, because
-- supersedes_id never changes.
CREATE TRIGGER touch_superseded_insert AFTER INSERT ON progress
    REFERENCING NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION touch_parent('progress', 'supersedes_id');
CREATE TRIGGER touch_superseded_delete AFTER DELETE ON progress
    REFERENCING OLD TABLE AS rows_before
    FOR EACH STATEMENT EXECUTE FUNCTION touch_parent('progress', 'supersedes_id');
