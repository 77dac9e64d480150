CREATE TABLE groups (
    id uuid PRIMARY KEY,
    code code NOT NULL CONSTRAINT groups_code_is_unique UNIQUE,
    name one_line NOT NULL,
    responsible_from day,
    responsible_until day,
    handed_to one_line,
    notes prose,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT groups_responsible_in_order CHECK (responsible_from < responsible_until)
);
CREATE INDEX groups_name ON groups (name, id);
CREATE INDEX groups_responsibility ON groups USING gist (daterange(responsible_from, responsible_until));
CALL keep_versions('groups');
CALL keep_external_ids('groups', 'group');

CREATE TABLE seats (
    id uuid PRIMARY KEY,
    group_id uuid NOT NULL CONSTRAINT seats_group REFERENCES groups (id),
    council_id uuid NOT NULL CONSTRAINT seats_council REFERENCES councils (id),
    role slug NOT NULL,
    ordinal integer NOT NULL DEFAULT 1 CONSTRAINT seats_ordinal_is_bounded CHECK (ordinal BETWEEN 1 AND 1000),
    exists_from day,
    exists_until day,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT seats_exist_in_order CHECK (exists_from < exists_until),
    CONSTRAINT seats_are_distinct UNIQUE (group_id, council_id, role, ordinal),
    CONSTRAINT seats_id_and_council UNIQUE (id, council_id)
);
CREATE INDEX seats_council_id ON seats (council_id);
CREATE INDEX seats_role ON seats (role);
CREATE INDEX seats_created_at ON seats (created_at, id);
CALL keep_versions('seats');
CALL keep_external_ids('seats', 'seat');

-- Who holds a seat, half-open; two terms of one seat never overlap.
CREATE TABLE seat_terms (
    seat_id uuid NOT NULL CONSTRAINT seat_terms_seat REFERENCES seats (id) ON DELETE CASCADE,
    holder_ref one_line NOT NULL,
    holder_name one_line,
    held_from day NOT NULL,
    held_until day,
    PRIMARY KEY (seat_id, held_from),
    CONSTRAINT seat_terms_in_order CHECK (held_from < held_until),
    CONSTRAINT seat_terms_do_not_overlap EXCLUDE USING gist
        (seat_id WITH =, daterange(held_from, held_until) WITH &&) DEFERRABLE INITIALLY IMMEDIATE
);
CREATE INDEX seat_terms_holder_ref ON seat_terms (holder_ref);
CREATE INDEX seat_terms_held ON seat_terms USING gist (daterange(held_from, held_until));
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON seat_terms
    FOR EACH ROW EXECUTE FUNCTION touch_parent('seats', 'seat_id');
