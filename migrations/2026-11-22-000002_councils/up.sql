CREATE DOMAIN council_kind AS text CHECK (VALUE IN ('county', 'unitary', 'district'));
CREATE DOMAIN succession_kind AS text CHECK (VALUE IN ('merged', 'split', 'renamed'));

CREATE TABLE councils (
    id uuid PRIMARY KEY,
    name one_line NOT NULL,
    kind council_kind NOT NULL,
    county one_line,
    exists_from day,
    exists_until day,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT councils_exist_in_order CHECK (exists_from < exists_until)
);
CREATE INDEX councils_name ON councils (name, id);
CREATE INDEX councils_kind ON councils (kind);
CREATE INDEX councils_county ON councils (county);
CREATE INDEX councils_existence ON councils USING gist (daterange(exists_from, exists_until));
CALL keep_versions('councils');

-- The codes a council has gone by; a code means one council at a time.
CREATE TABLE council_gss_codes (
    council_id uuid NOT NULL CONSTRAINT council_gss_codes_council REFERENCES councils (id) ON DELETE CASCADE,
    gss_code gss_code NOT NULL,
    valid_from day,
    valid_until day,
    PRIMARY KEY (council_id, gss_code),
    CONSTRAINT council_gss_codes_in_order CHECK (valid_from < valid_until),
    CONSTRAINT council_gss_codes_one_council EXCLUDE USING gist
        (gss_code WITH =, daterange(valid_from, valid_until) WITH &&) DEFERRABLE INITIALLY IMMEDIATE
);
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON council_gss_codes
    FOR EACH ROW EXECUTE FUNCTION touch_parent('councils', 'council_id');

-- Membership of the association, half-open.
CREATE TABLE council_memberships (
    council_id uuid NOT NULL CONSTRAINT council_memberships_council REFERENCES councils (id) ON DELETE CASCADE,
    member_from day NOT NULL,
    member_until day,
    PRIMARY KEY (council_id, member_from),
    CONSTRAINT council_memberships_in_order CHECK (member_from < member_until),
    CONSTRAINT council_memberships_do_not_overlap EXCLUDE USING gist
        (council_id WITH =, daterange(member_from, member_until) WITH &&) DEFERRABLE INITIALLY IMMEDIATE
);
CREATE INDEX council_memberships_member_on ON council_memberships USING gist (daterange(member_from, member_until));
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON council_memberships
    FOR EACH ROW EXECUTE FUNCTION touch_parent('councils', 'council_id');

-- Which council took over from which, and when; history stays where it happened.
CREATE TABLE council_successions (
    successor_id uuid NOT NULL CONSTRAINT council_successions_successor REFERENCES councils (id) ON DELETE CASCADE,
    predecessor_id uuid NOT NULL CONSTRAINT council_successions_predecessor REFERENCES councils (id),
    kind succession_kind NOT NULL,
    succeeded_on day NOT NULL,
    PRIMARY KEY (successor_id, predecessor_id),
    CONSTRAINT council_successions_of_another CHECK (successor_id <> predecessor_id)
);
CREATE INDEX council_successions_predecessor_id ON council_successions (predecessor_id);
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON council_successions
    FOR EACH ROW EXECUTE FUNCTION touch_parent('councils', 'successor_id', 'predecessor_id');
