-- Frameworks, with their themes, outcomes and actions.

-- Frameworks

CREATE DOMAIN framework_status AS text CHECK (VALUE IN ('draft', 'active', 'closed'));

-- The action plan of one year, from 1 April to 31 March.
CREATE TABLE frameworks (
    id uuid PRIMARY KEY,
    code code NOT NULL CONSTRAINT frameworks_code_is_unique UNIQUE,
    title title NOT NULL,
    plan_from day NOT NULL,
    plan_until date NOT NULL
        GENERATED ALWAYS AS ((plan_from + interval '1 year')::date) STORED,
    status framework_status NOT NULL DEFAULT 'draft',
    notes prose,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT frameworks_begin_in_april CHECK (
        extract(month FROM plan_from) = 4 AND extract(day FROM plan_from) = 1
        AND extract(year FROM plan_from) < 2100),
    CONSTRAINT frameworks_text_is_normal CHECK (is_normal_line(title))
);
CREATE INDEX frameworks_status ON frameworks (status);
CALL create_resource_triggers('frameworks');
CALL create_history_view('frameworks', 'frameworks');

-- Refuses to change the status of an agreed framework back to draft.
CREATE FUNCTION refuse_back_to_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM raise_check_violation('frameworks_stay_agreed');
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_back_to_draft BEFORE UPDATE OF status ON frameworks
    FOR EACH ROW WHEN (OLD.status::text <> 'draft' AND NEW.status::text = 'draft')
    EXECUTE FUNCTION refuse_back_to_draft();

-- Refuses to change the plan year of a framework.
CREATE FUNCTION refuse_plan_year_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM raise_check_violation('frameworks_keep_their_year');
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_plan_year_change BEFORE UPDATE OF plan_from ON frameworks
    FOR EACH ROW WHEN (OLD.plan_from <> NEW.plan_from)
    EXECUTE FUNCTION refuse_plan_year_change();

-- Returns whether a framework is agreed: active or closed. Locks the framework, so the status
-- cannot change until the transaction ends.
CREATE FUNCTION is_agreed(framework uuid) RETURNS boolean LANGUAGE sql AS
    $$ SELECT status::text <> 'draft' FROM frameworks WHERE id = framework FOR SHARE $$;
-- Returns whether a framework is closed. Locks the framework, so the status cannot change until the
-- transaction ends.
CREATE FUNCTION is_closed(framework uuid) RETURNS boolean LANGUAGE sql AS
    $$ SELECT status::text = 'closed' FROM frameworks WHERE id = framework FOR SHARE $$;

-- Sets framework_id of a new row to the framework_id of the parent row. Composite foreign keys
-- ensure that both stay equal. Trigger arguments: the parent table, the column that references the
-- parent, and the name of the foreign key.
CREATE FUNCTION set_framework_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT framework_id FROM %I WHERE id = $1', TG_ARGV[0])
        INTO NEW.framework_id USING (to_jsonb(NEW) ->> TG_ARGV[1])::uuid;
    IF NEW.framework_id IS NULL THEN
        RAISE EXCEPTION '% has no row with this id', TG_ARGV[0]
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_ARGV[2], TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;

-- Themes

CREATE TABLE themes (
    id uuid PRIMARY KEY,
    framework_id uuid NOT NULL CONSTRAINT themes_framework REFERENCES frameworks (id),
    code code NOT NULL,
    ref one_line,
    title title NOT NULL,
    position integer NOT NULL
        CONSTRAINT themes_position_is_bounded CHECK (position BETWEEN 0 AND 100000),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT themes_code_is_unique UNIQUE (framework_id, code),
    CONSTRAINT themes_id_and_framework UNIQUE (id, framework_id),
    CONSTRAINT themes_text_is_normal CHECK (is_normal_line(ref) AND is_normal_line(title))
);
CREATE INDEX themes_position ON themes (framework_id, position, id);
CREATE INDEX themes_code ON themes (code, id);
CALL create_resource_triggers('themes');
CALL create_history_view('themes', 'themes');

-- Outcomes

CREATE TABLE outcomes (
    id uuid PRIMARY KEY,
    framework_id uuid NOT NULL,
    theme_id uuid NOT NULL,
    code code NOT NULL,
    ref one_line,
    title title NOT NULL,
    position integer NOT NULL
        CONSTRAINT outcomes_position_is_bounded CHECK (position BETWEEN 0 AND 100000),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outcomes_theme
        FOREIGN KEY (theme_id, framework_id) REFERENCES themes (id, framework_id),
    CONSTRAINT outcomes_code_is_unique UNIQUE (framework_id, code),
    CONSTRAINT outcomes_id_and_framework UNIQUE (id, framework_id),
    CONSTRAINT outcomes_text_is_normal CHECK (is_normal_line(ref) AND is_normal_line(title))
);
CREATE INDEX outcomes_position ON outcomes (framework_id, position, id);
CREATE INDEX outcomes_code ON outcomes (code, id);
CREATE INDEX outcomes_theme_id ON outcomes (theme_id, position);
CREATE TRIGGER set_framework_id BEFORE INSERT ON outcomes
    FOR EACH ROW EXECUTE FUNCTION set_framework_id('themes', 'theme_id', 'outcomes_theme');
CALL create_resource_triggers('outcomes');
CALL create_history_view('outcomes', 'outcomes');

-- Actions

CREATE TABLE actions (
    id uuid PRIMARY KEY,
    framework_id uuid NOT NULL,
    outcome_id uuid NOT NULL,
    code code NOT NULL,
    ref one_line,
    title title NOT NULL,
    position integer NOT NULL
        CONSTRAINT actions_position_is_bounded CHECK (position BETWEEN 0 AND 100000),
    source_lines one_line,
    quirks text[] NOT NULL DEFAULT '{}' CONSTRAINT actions_quirks_are_bounded CHECK (
        cardinality(quirks) <= 20 AND are_lines(quirks)),
    notes prose,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT actions_outcome
        FOREIGN KEY (outcome_id, framework_id) REFERENCES outcomes (id, framework_id),
    CONSTRAINT actions_code_is_unique UNIQUE (framework_id, code),
    CONSTRAINT actions_id_and_framework UNIQUE (id, framework_id),
    CONSTRAINT actions_text_is_normal CHECK (is_normal_line(ref) AND is_normal_line(title))
);
CREATE INDEX actions_position ON actions (framework_id, position, id);
CREATE INDEX actions_code ON actions (code, id);
CREATE INDEX actions_outcome_id ON actions (outcome_id, position);
CREATE TRIGGER set_framework_id BEFORE INSERT ON actions
    FOR EACH ROW EXECUTE FUNCTION set_framework_id('outcomes', 'outcome_id', 'actions_outcome');
CALL create_resource_triggers('actions');
CALL create_history_view('actions', 'actions');

-- The groups whose meetings belong to an action.
CREATE TABLE action_groups (
    action_id uuid NOT NULL
        CONSTRAINT action_groups_action REFERENCES actions (id) ON DELETE CASCADE,
    group_id uuid NOT NULL CONSTRAINT action_groups_group REFERENCES groups (id),
    PRIMARY KEY (action_id, group_id)
);
CREATE INDEX action_groups_group_id ON action_groups (group_id);
CALL create_part_triggers('action_groups', 'actions', 'action_id');
CALL create_history_view('action_groups', 'actions');

-- Single meetings that are linked to an action. One meeting can belong to several actions.
CREATE TABLE action_meetings (
    action_id uuid NOT NULL
        CONSTRAINT action_meetings_action REFERENCES actions (id) ON DELETE CASCADE,
    meeting_id uuid NOT NULL CONSTRAINT action_meetings_meeting REFERENCES meetings (id),
    PRIMARY KEY (action_id, meeting_id)
);
CREATE INDEX action_meetings_meeting_id ON action_meetings (meeting_id);
CALL create_part_triggers('action_meetings', 'actions', 'action_id');
CALL create_history_view('action_meetings', 'actions');
