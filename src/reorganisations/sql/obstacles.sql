-- Returns every obstacle to a reorganisation. $1: the body of the request. `is_state` is true for a
-- conflict with existing rows, and false for a mistake in the body.
WITH requested AS (SELECT $1::jsonb AS body),
day AS (SELECT (body ->> 'reorganised_on')::date AS day FROM requested),
predecessors AS (
    SELECT id::uuid, '/predecessor_ids/' || n - 1 AS pointer
    FROM requested, jsonb_array_elements_text(body -> 'predecessor_ids') WITH ORDINALITY AS p (id, n)
),
successors AS (
    SELECT s.given, '/successors/' || n - 1 AS pointer, (s.given ->> 'council_id')::uuid AS id,
           s.given #>> '{council,gss_code}' AS gss_code
    FROM requested, jsonb_array_elements(body -> 'successors') WITH ORDINALITY AS s (given, n)
),
seats_asked AS (
    SELECT s.id AS council_id, s.pointer || '/seats/' || n - 1 AS pointer, (seat ->> 'group_id')::uuid AS group_id,
           seat ->> 'role' AS role, COALESCE((seat ->> 'ordinal')::integer, 1) AS ordinal
    FROM successors s, jsonb_array_elements(NULLIF(s.given -> 'seats', 'null')) WITH ORDINALITY AS k (seat, n)
),
found AS (
    SELECT p.pointer, 'unknown_reference' AS code, 'No council has this id.' AS detail, false AS is_state
    FROM predecessors p WHERE NOT EXISTS (SELECT FROM councils c WHERE c.id = p.id)
    UNION ALL
    SELECT p.pointer, 'council_does_not_exist', format('The council %s did not exist on the day before the reorganisation.', c.name), false
    FROM predecessors p JOIN councils c ON c.id = p.id, day
    WHERE c.exists_from >= day OR c.exists_until < day
    UNION ALL
    SELECT p.pointer, 'already_exists', format('The council %s already took over from this council on %s.', c.name, o.succeeded_on), true
    FROM predecessors p JOIN council_successions o ON o.predecessor_id = p.id JOIN councils c ON c.id = o.successor_id
    UNION ALL
    -- A register on or after the day must have no line about a council that ends. A closed register
    -- must not expect the council either.
    SELECT p.pointer, 'in_use', format('The register of the meeting "%s" on %s contains or expects this council.', m.title, m.held_on), true
    FROM predecessors p, day, meetings m
    WHERE counts_on(m.held_on, m.latest_on) >= day
      AND (EXISTS (SELECT FROM attendance a WHERE a.meeting_id = m.id AND a.council_id = p.id AND a.status <> 'in_attendance')
           OR has_closed_register(m.status, m.register)
              AND EXISTS (SELECT FROM councils_expected e WHERE e.meeting_id = m.id AND e.council_id = p.id))
    UNION ALL
    SELECT s.pointer || '/council_id', 'unknown_reference', 'No council has this id.', false
    FROM successors s WHERE s.id IS NOT NULL AND NOT EXISTS (SELECT FROM councils c WHERE c.id = s.id)
    UNION ALL
    SELECT s.pointer || '/council_id', 'council_does_not_exist', format('The council %s does not exist on the day of the reorganisation.', c.name), false
    FROM successors s JOIN councils c ON c.id = s.id, day
    WHERE NOT daterange(c.exists_from, c.exists_until) @> day
    UNION ALL
    SELECT s.pointer || '/council/gss_code', 'already_exists', format('The council %s has this GSS code on or after the day of the reorganisation.', c.name), true
    FROM successors s
    JOIN council_gss_codes g ON g.gss_code::text = s.gss_code
    JOIN councils c ON c.id = g.council_id, day
    WHERE COALESCE(g.valid_until > day, true) AND NOT EXISTS (SELECT FROM predecessors p WHERE p.id = g.council_id)
    UNION ALL
    SELECT k.pointer || '/group_id', 'unknown_reference', 'No group has this id.', false
    FROM seats_asked k WHERE NOT EXISTS (SELECT FROM groups g WHERE g.id = k.group_id)
    UNION ALL
    SELECT k.pointer || '/ordinal', 'already_exists', 'The group already has a seat with this council, role and ordinal.', true
    FROM seats_asked k
    JOIN seats s ON s.group_id = k.group_id AND s.council_id = k.council_id AND s.role::text = k.role AND s.ordinal = k.ordinal
)
SELECT pointer, code, detail, is_state FROM found ORDER BY pointer, code, detail LIMIT 1000
