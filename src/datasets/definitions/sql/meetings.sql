SELECT m.id, m.occurred_on, GREATEST(m.updated_at, g.updated_at) AS updated_at, g.id AS group_id, g.code AS group_code,
       g.name AS group_name, m.kind, m.title, m.held_on, m.date_precision, plan_year_of(m.held_on) AS plan_from, m.status,
       m.register, m.constructed
FROM meetings m
LEFT JOIN groups g ON g.id = m.group_id
WHERE m.occurred_on >= $1::date AND m.occurred_on < $2::date
ORDER BY m.occurred_on, m.id
