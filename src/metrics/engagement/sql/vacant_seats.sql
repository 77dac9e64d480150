-- The seats of the councils ($1) that are vacant on the day ($2).
SELECT s.council_id, s.id AS seat_id, s.group_id, g.name AS group_name, s.role, s.ordinal
FROM seats s
JOIN groups g ON g.id = s.group_id AND daterange(g.responsible_from, g.responsible_until) @> $2
JOIN councils c ON c.id = s.council_id AND daterange(c.exists_from, c.exists_until) @> $2
WHERE s.council_id = ANY ($1) AND daterange(s.exists_from, s.exists_until) @> $2
  AND NOT EXISTS (SELECT FROM seat_terms t WHERE t.seat_id = s.id AND daterange(t.held_from, t.held_until) @> $2)
ORDER BY g.name, s.role, s.ordinal, s.id
