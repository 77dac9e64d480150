-- Who is expected at each meeting of `counted`, and what its register says of them: the one rule of attendance.
expected AS (
    -- At a group's meeting: the seats that exist on the date and that somebody holds.
    SELECT c.target_id, c.counts_from, c.meeting_id, c.group_id, c.held_on, c.counts_substitutes, s.council_id,
           s.role::text AS role,
           CASE c.unit WHEN 'person' THEN COALESCE(term.holder_ref, s.id::text)
                       WHEN 'council' THEN s.council_id::text
                       ELSE s.id::text END AS who,
           a.status, term.seat_id IS NULL AS is_vacant
    FROM counted c
    JOIN seats s ON s.group_id = c.group_id AND daterange(s.exists_from, s.exists_until) @> c.held_on
    JOIN councils o ON o.id = s.council_id AND daterange(o.exists_from, o.exists_until) @> c.held_on
    LEFT JOIN seat_terms term ON term.seat_id = s.id AND daterange(term.held_from, term.held_until) @> c.held_on
    LEFT JOIN attendance a ON a.meeting_id = c.meeting_id AND a.seat_id = s.id
    WHERE (cardinality(c.roles) = 0 OR s.role = ANY (c.roles))
      AND (cardinality(c.kinds) = 0 OR o.kind = ANY (c.kinds))
      AND (term.seat_id IS NOT NULL OR c.expects_vacancies)
    UNION ALL
    -- At an open event: the councils of the cohort; a council attends by any delegate.
    SELECT c.target_id, c.counts_from, c.meeting_id, c.group_id, c.held_on, c.counts_substitutes, o.id, NULL,
           o.id::text, listed.status, false
    FROM counted c
    JOIN councils o ON daterange(o.exists_from, o.exists_until) @> c.held_on
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
