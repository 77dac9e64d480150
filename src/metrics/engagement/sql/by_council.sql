-- Behind tallies.sql: each council that was expected since $1, its attendance added up.
SELECT c.name, sum(t.attended)::bigint AS attended, sum(t.expected)::bigint AS expected
FROM tallies t
JOIN councils c ON c.id = t.council_id
WHERE t.counts_from >= $1
GROUP BY c.id, c.name
HAVING sum(t.expected) > 0
ORDER BY c.name, c.id
