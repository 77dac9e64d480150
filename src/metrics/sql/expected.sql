-- Who is expected at each meeting of counted on the day from which it counts, and the status of the
-- register line. This is the only rule of attendance. Seats and terms are found once for each
-- group, within the days on which the groups meet, however often that is.
existing AS MATERIALIZED (
    SELECT s.group_id, s.id AS seat_id, s.id::text AS seat, s.council_id, s.council_id::text AS council, s.role::text AS role,
           o.kind::text AS kind, span.days * daterange(s.exists_from, s.exists_until) * daterange(o.exists_from, o.exists_until) AS days
    FROM (SELECT daterange(min(counts_from), max(counts_from), '[]') AS days FROM counted) span
    CROSS JOIN seats s
    JOIN councils o ON o.id = s.council_id
    WHERE s.group_id IN (SELECT group_id FROM counted)
),
held AS MATERIALIZED (
    SELECT e.group_id, e.seat_id, e.seat, e.council_id, e.council, e.role, e.kind, t.holder_ref AS person,
           e.days * daterange(t.held_from, t.held_until) AS days
    FROM existing e
    JOIN seat_terms t ON t.seat_id = e.seat_id
    WHERE NOT isempty(e.days * daterange(t.held_from, t.held_until))
),
expected AS (
    -- At a group's meeting: the seats that exist and have a holder on the day.
    SELECT c.target_id, c.counts_from, c.meeting_id, c.group_id, c.counts_substitutes, s.council_id, s.role,
           CASE c.unit WHEN 'person' THEN s.person WHEN 'council' THEN s.council ELSE s.seat END AS who,
           a.status, false AS is_vacant
    FROM counted c
    JOIN held s ON s.group_id = c.group_id AND s.days @> c.counts_from
    LEFT JOIN attendance a ON a.meeting_id = c.meeting_id AND a.seat_id = s.seat_id
    WHERE (cardinality(c.roles) = 0 OR s.role = ANY (c.roles))
      AND (cardinality(c.kinds) = 0 OR s.kind = ANY (c.kinds))
    UNION ALL
    -- If the measure expects vacancies, also the vacant seats. They have no lines.
    SELECT c.target_id, c.counts_from, c.meeting_id, c.group_id, c.counts_substitutes, s.council_id, s.role,
           CASE c.unit WHEN 'council' THEN s.council ELSE s.seat END, NULL, true
    FROM counted c
    JOIN existing s ON s.group_id = c.group_id AND s.days @> c.counts_from
    WHERE c.expects_vacancies
      AND (cardinality(c.roles) = 0 OR s.role = ANY (c.roles))
      AND (cardinality(c.kinds) = 0 OR s.kind = ANY (c.kinds))
      AND NOT EXISTS (SELECT FROM held WHERE held.seat_id = s.seat_id AND held.days @> c.counts_from)
    UNION ALL
    -- At an open event: the councils of the cohort. A council attends if any of its delegates does.
    SELECT c.target_id, c.counts_from, c.meeting_id, c.group_id, c.counts_substitutes, o.id, NULL,
           o.id::text, listed.status, false
    FROM counted c
    JOIN councils o ON daterange(o.exists_from, o.exists_until) @> c.counts_from
    LEFT JOIN LATERAL (
        SELECT a.status FROM attendance a
        WHERE a.meeting_id = c.meeting_id AND a.council_id = o.id AND a.status <> 'in_attendance'
        ORDER BY array_position(
            ARRAY['present', 'present_virtual', 'substitute', 'apologies', 'absent'], a.status::text)
        LIMIT 1
    ) listed ON true
    WHERE c.group_id IS NULL
      AND (cardinality(c.kinds) = 0 OR o.kind = ANY (c.kinds))
),
