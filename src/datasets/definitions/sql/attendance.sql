SELECT a.id, m.occurred_on, GREATEST(a.updated_at, m.updated_at, g.updated_at, c.updated_at, s.updated_at) AS updated_at,
       m.id AS meeting_id, m.title AS meeting_title, m.kind AS meeting_kind, m.status AS meeting_status, m.held_on, m.register,
       g.id AS group_id, g.code AS group_code, g.name AS group_name,
       c.id AS council_id, code.gss_code, c.name AS council_name, c.kind AS council_kind,
       s.id AS seat_id, s.role AS seat_role, s.ordinal AS seat_ordinal, a.status
FROM meetings m
JOIN attendance a ON a.meeting_id = m.id
LEFT JOIN groups g ON g.id = m.group_id
LEFT JOIN seats s ON s.id = a.seat_id
LEFT JOIN councils c ON c.id = a.council_id
LEFT JOIN current_gss_codes code ON code.council_id = a.council_id
WHERE m.occurred_on >= $1::date AND m.occurred_on < $2::date
ORDER BY m.occurred_on, m.id, a.id
