-- Councils, the groups of the association, and the seats that councils have in groups.

-- Councils

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
    CONSTRAINT councils_exist_in_order CHECK (exists_from < exists_until),
    CONSTRAINT councils_text_is_normal CHECK (is_normal_line(name) AND is_normal_line(county))
);
CREATE INDEX councils_name ON councils (name, id);
CREATE INDEX councils_kind ON councils (kind);
CREATE INDEX councils_county ON councils (county);
CREATE INDEX councils_existence ON councils USING gist (daterange(exists_from, exists_until));
CALL create_resource_triggers('councils');
CALL create_history_view('councils', 'councils');

-- The GSS codes of a council. A code belongs to at most one council at a time.
CREATE TABLE council_gss_codes (
    council_id uuid NOT NULL
        CONSTRAINT council_gss_codes_council REFERENCES councils (id) ON DELETE CASCADE,
    gss_code gss_code NOT NULL,
    valid_from day,
    valid_until day,
    PRIMARY KEY (council_id, gss_code),
    CONSTRAINT council_gss_codes_in_order CHECK (valid_from < valid_until),
    CONSTRAINT council_gss_codes_one_council EXCLUDE USING gist
        (gss_code WITH =, daterange(valid_from, valid_until) WITH &&)
        DEFERRABLE INITIALLY IMMEDIATE
);
CALL create_part_triggers('council_gss_codes', 'councils', 'council_id');
CALL create_history_view('council_gss_codes', 'councils');

-- The GSS code of each council that is valid now, or was valid last.
CREATE VIEW current_gss_codes AS
    SELECT DISTINCT ON (council_id) council_id, gss_code
    FROM council_gss_codes
    ORDER BY council_id, valid_until DESC NULLS FIRST, gss_code;

-- The key by which exported files reference each council: its latest GSS code that no other council
-- had, or its id.
CREATE VIEW council_keys AS
    SELECT c.id, COALESCE(own.gss_code, c.id::text) AS key
    FROM councils c
    LEFT JOIN (
        SELECT DISTINCT ON (g.council_id) g.council_id, g.gss_code
        FROM council_gss_codes g
        WHERE NOT EXISTS (SELECT FROM council_gss_codes o
                          WHERE o.gss_code = g.gss_code AND o.council_id <> g.council_id)
        ORDER BY g.council_id, g.valid_until DESC NULLS FIRST, g.gss_code
    ) own ON own.council_id = c.id;

-- The periods in which a council is a member of the association.
CREATE TABLE council_memberships (
    council_id uuid NOT NULL
        CONSTRAINT council_memberships_council REFERENCES councils (id) ON DELETE CASCADE,
    member_from day NOT NULL,
    member_until day,
    PRIMARY KEY (council_id, member_from),
    CONSTRAINT council_memberships_in_order CHECK (member_from < member_until),
    CONSTRAINT council_memberships_do_not_overlap EXCLUDE USING gist
        (council_id WITH =, daterange(member_from, member_until) WITH &&)
        DEFERRABLE INITIALLY IMMEDIATE
);
CREATE INDEX council_memberships_member_on ON council_memberships
    USING gist (daterange(member_from, member_until));
CALL create_part_triggers('council_memberships', 'councils', 'council_id');
CALL create_history_view('council_memberships', 'councils');

-- The council that took over from another council, and the day. Records stay with the council that
-- made them.
CREATE TABLE council_successions (
    successor_id uuid NOT NULL
        CONSTRAINT council_successions_successor REFERENCES councils (id) ON DELETE CASCADE,
    predecessor_id uuid NOT NULL
        CONSTRAINT council_successions_predecessor REFERENCES councils (id),
    kind succession_kind NOT NULL,
    succeeded_on day NOT NULL,
    PRIMARY KEY (successor_id, predecessor_id),
    CONSTRAINT council_successions_of_another CHECK (successor_id <> predecessor_id)
);
CREATE INDEX council_successions_predecessor_id ON council_successions (predecessor_id);
CALL create_part_triggers('council_successions', 'councils', 'successor_id', 'predecessor_id');
CALL create_history_view('council_successions', 'councils');

-- Groups

CREATE TABLE groups (
    id uuid PRIMARY KEY,
    code code NOT NULL CONSTRAINT groups_code_is_unique UNIQUE,
    name one_line NOT NULL,
    -- The days on which the association is responsible for the group. Only meetings on these days
    -- count.
    responsible_from day,
    responsible_until day,
    handed_to one_line,
    notes prose,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT groups_responsible_in_order CHECK (responsible_from < responsible_until),
    CONSTRAINT groups_text_is_normal CHECK (is_normal_line(name) AND is_normal_line(handed_to))
);
CREATE INDEX groups_name ON groups (name, id);
CREATE INDEX groups_responsibility ON groups
    USING gist (daterange(responsible_from, responsible_until));
CALL create_resource_triggers('groups');
CALL create_external_id_table('groups', 'group');
CALL create_history_view('groups', 'groups');

-- Seats

CREATE TABLE seats (
    id uuid PRIMARY KEY,
    group_id uuid NOT NULL CONSTRAINT seats_group REFERENCES groups (id),
    council_id uuid NOT NULL CONSTRAINT seats_council REFERENCES councils (id),
    role slug NOT NULL,
    -- Distinguishes seats of the same council and role in a group.
    ordinal integer NOT NULL DEFAULT 1
        CONSTRAINT seats_ordinal_is_bounded CHECK (ordinal BETWEEN 1 AND 1000),
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
CALL create_resource_triggers('seats');
CALL create_external_id_table('seats', 'seat');
CALL create_history_view('seats', 'seats');

-- The holders of a seat. The terms of a seat do not overlap.
CREATE TABLE seat_terms (
    seat_id uuid NOT NULL CONSTRAINT seat_terms_seat REFERENCES seats (id) ON DELETE CASCADE,
    holder_ref one_line NOT NULL,
    holder_name one_line,
    held_from day NOT NULL,
    held_until day,
    PRIMARY KEY (seat_id, held_from),
    CONSTRAINT seat_terms_in_order CHECK (held_from < held_until),
    CONSTRAINT seat_terms_do_not_overlap EXCLUDE USING gist
        (seat_id WITH =, daterange(held_from, held_until) WITH &&)
        DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT seat_terms_text_is_normal CHECK (
        is_normal_line(holder_ref) AND is_normal_line(holder_name))
);
CREATE INDEX seat_terms_holder_ref ON seat_terms (holder_ref);
CREATE INDEX seat_terms_held ON seat_terms USING gist (daterange(held_from, held_until));
CALL create_part_triggers('seat_terms', 'seats', 'seat_id');
CALL create_history_view('seat_terms', 'seats');

-- The key by which exported files reference each seat.
CREATE VIEW seat_keys AS
    SELECT s.id, g.code AS group_code, c.key AS council, s.role, s.ordinal
    FROM seats s
    JOIN groups g ON g.id = s.group_id
    JOIN council_keys c ON c.id = s.council_id;
