-- Which groups and app roles of outside identity providers stand for which of our roles.
CREATE DOMAIN mapped_claim AS text CHECK (VALUE IN ('groups', 'roles'));
-- As short as a line, so that it fits into an index together with one.
CREATE DOMAIN issuer AS text
    CONSTRAINT issuer_is_well_formed CHECK (char_length(VALUE) <= 200 AND VALUE ~ '^https?://[^\x01-\x20\x7f{}]+$');

CREATE TABLE role_mappings (
    id uuid PRIMARY KEY,
    name one_line NOT NULL,
    issuer issuer NOT NULL,
    claim mapped_claim NOT NULL,
    value one_line NOT NULL,
    role account_role NOT NULL,
    -- The system whose external ids those who are let in write.
    system code,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
-- Each request of an outside token looks its rights up here.
CREATE UNIQUE INDEX role_mappings_are_distinct ON role_mappings (issuer, claim, value);
CREATE INDEX role_mappings_name ON role_mappings (name, id);
CALL keep_versions('role_mappings');

CREATE TABLE role_mapping_councils (
    role_mapping_id uuid NOT NULL CONSTRAINT role_mapping_councils_mapping REFERENCES role_mappings (id) ON DELETE CASCADE,
    council_id uuid NOT NULL CONSTRAINT role_mapping_councils_council REFERENCES councils (id),
    PRIMARY KEY (role_mapping_id, council_id)
);
CREATE INDEX role_mapping_councils_council_id ON role_mapping_councils (council_id);
CALL touch_parents('role_mapping_councils', 'touch_parent', 'role_mappings', 'role_mapping_id');
CALL keep_changes('role_mappings', 'role_mappings', 'id');
CALL keep_changes('role_mapping_councils', 'role_mappings', 'role_mapping_id');
