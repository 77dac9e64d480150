CREATE DOMAIN framework_status AS text CHECK (VALUE IN ('draft', 'active', 'closed'));

-- One plan year, 1 April to 31 March, half-open.
CREATE TABLE frameworks (
    id uuid PRIMARY KEY,
    code code NOT NULL CONSTRAINT frameworks_code_is_unique UNIQUE,
    title title NOT NULL,
    plan_from day NOT NULL,
    plan_until date NOT NULL GENERATED ALWAYS AS ((plan_from + interval '1 year')::date) STORED,
    status framework_status NOT NULL DEFAULT 'draft',
    notes prose,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT frameworks_begin_in_april CHECK (
        extract(month FROM plan_from) = 4 AND extract(day FROM plan_from) = 1 AND extract(year FROM plan_from) < 2100)
);
CREATE INDEX frameworks_status ON frameworks (status);
CALL keep_versions('frameworks');

-- A plan that was agreed does not become a draft again: its thresholds would change without a revision.
CREATE FUNCTION keep_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse('frameworks_stay_agreed');
    RETURN NULL;
END $$;
CREATE FUNCTION keep_year() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse('frameworks_keep_their_year');
    RETURN NULL;
END $$;
CREATE TRIGGER keep_year BEFORE UPDATE OF plan_from ON frameworks
    FOR EACH ROW WHEN (OLD.plan_from <> NEW.plan_from) EXECUTE FUNCTION keep_year();
CREATE TRIGGER keep_agreed BEFORE UPDATE OF status ON frameworks
    FOR EACH ROW WHEN (OLD.status::text <> 'draft' AND NEW.status::text = 'draft') EXECUTE FUNCTION keep_agreed();

CREATE TABLE themes (
    id uuid PRIMARY KEY,
    framework_id uuid NOT NULL CONSTRAINT themes_framework REFERENCES frameworks (id),
    code code NOT NULL,
    ref one_line,
    title title NOT NULL,
    position integer NOT NULL CONSTRAINT themes_position_is_bounded CHECK (position BETWEEN 0 AND 100000),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT themes_code_is_unique UNIQUE (framework_id, code),
    CONSTRAINT themes_id_and_framework UNIQUE (id, framework_id)
);
CREATE INDEX themes_position ON themes (framework_id, position, id);
CREATE INDEX themes_code ON themes (code, id);
CALL keep_versions('themes');

-- The framework of a part is its parent's: filled in here, held by the composite foreign keys.
CREATE FUNCTION take_framework() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT framework_id FROM %I WHERE id = $1', TG_ARGV[0])
        INTO NEW.framework_id USING (to_jsonb(NEW) ->> TG_ARGV[1])::uuid;
    IF NEW.framework_id IS NULL THEN
        RAISE EXCEPTION 'no such row of %', TG_ARGV[0]
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_ARGV[2], TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE TABLE outcomes (
    id uuid PRIMARY KEY,
    framework_id uuid NOT NULL,
    theme_id uuid NOT NULL,
    code code NOT NULL,
    ref one_line,
    title title NOT NULL,
    position integer NOT NULL CONSTRAINT outcomes_position_is_bounded CHECK (position BETWEEN 0 AND 100000),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outcomes_theme FOREIGN KEY (theme_id, framework_id) REFERENCES themes (id, framework_id),
    CONSTRAINT outcomes_code_is_unique UNIQUE (framework_id, code),
    CONSTRAINT outcomes_id_and_framework UNIQUE (id, framework_id)
);
CREATE INDEX outcomes_position ON outcomes (framework_id, position, id);
CREATE INDEX outcomes_code ON outcomes (code, id);
CREATE INDEX outcomes_theme_id ON outcomes (theme_id, position);
CREATE TRIGGER take_framework BEFORE INSERT ON outcomes
    FOR EACH ROW EXECUTE FUNCTION take_framework('themes', 'theme_id', 'outcomes_theme');
CALL keep_versions('outcomes');

CREATE TABLE actions (
    id uuid PRIMARY KEY,
    framework_id uuid NOT NULL,
    outcome_id uuid NOT NULL,
    code code NOT NULL,
    ref one_line,
    title title NOT NULL,
    position integer NOT NULL CONSTRAINT actions_position_is_bounded CHECK (position BETWEEN 0 AND 100000),
    source_lines one_line,
    quirks text[] NOT NULL DEFAULT '{}'
        CONSTRAINT actions_quirks_are_bounded CHECK (cardinality(quirks) <= 20 AND are_lines(quirks)),
    notes prose,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT actions_outcome FOREIGN KEY (outcome_id, framework_id) REFERENCES outcomes (id, framework_id),
    CONSTRAINT actions_code_is_unique UNIQUE (framework_id, code),
    CONSTRAINT actions_id_and_framework UNIQUE (id, framework_id)
);
CREATE INDEX actions_position ON actions (framework_id, position, id);
CREATE INDEX actions_code ON actions (code, id);
CREATE INDEX actions_outcome_id ON actions (outcome_id, position);
CREATE TRIGGER take_framework BEFORE INSERT ON actions
    FOR EACH ROW EXECUTE FUNCTION take_framework('outcomes', 'outcome_id', 'actions_outcome');
CALL keep_versions('actions');

-- The groups an action works through, and single meetings linked to it; one meeting can serve several actions.
CREATE TABLE action_groups (
    action_id uuid NOT NULL CONSTRAINT action_groups_action REFERENCES actions (id) ON DELETE CASCADE,
    group_id uuid NOT NULL CONSTRAINT action_groups_group REFERENCES groups (id),
    PRIMARY KEY (action_id, group_id)
);
CREATE INDEX action_groups_group_id ON action_groups (group_id);
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON action_groups
    FOR EACH ROW EXECUTE FUNCTION touch_parent('actions', 'action_id');

CREATE TABLE action_meetings (
    action_id uuid NOT NULL CONSTRAINT action_meetings_action REFERENCES actions (id) ON DELETE CASCADE,
    meeting_id uuid NOT NULL CONSTRAINT action_meetings_meeting REFERENCES meetings (id),
    PRIMARY KEY (action_id, meeting_id)
);
CREATE INDEX action_meetings_meeting_id ON action_meetings (meeting_id);
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON action_meetings
    FOR EACH ROW EXECUTE FUNCTION touch_parent('actions', 'action_id');

-- The meetings of an action: those of its groups while the group was responsible, and those linked to it, within
-- the plan year.
CREATE VIEW meetings_of_actions AS
    SELECT ag.action_id, m.id AS meeting_id
    FROM action_groups ag
    JOIN actions a ON a.id = ag.action_id
    JOIN frameworks f ON f.id = a.framework_id
    JOIN groups g ON g.id = ag.group_id
    JOIN meetings m ON m.group_id = g.id
    WHERE m.held_on >= f.plan_from AND m.held_on < f.plan_until
      AND daterange(g.responsible_from, g.responsible_until) @> m.held_on::date
    UNION ALL
    SELECT am.action_id, am.meeting_id
    FROM action_meetings am
    JOIN actions a ON a.id = am.action_id
    JOIN frameworks f ON f.id = a.framework_id
    JOIN meetings m ON m.id = am.meeting_id
    WHERE m.held_on >= f.plan_from AND m.held_on < f.plan_until;
