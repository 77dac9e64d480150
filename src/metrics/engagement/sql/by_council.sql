-- Follows tallies.sql: the total attendance of each council that was expected since $1. Constructed
-- registers are left out, because the result ranks councils.
SELECT c.name, sum(t.attended)::bigint AS attended, sum(t.expected)::bigint AS expected
FROM tallies t
JOIN councils c ON c.id = t.council_id
WHERE t.counts_from >= $1
  AND NOT EXISTS (SELECT FROM meetings m WHERE m.id = t.meeting_id AND m.constructed)
GROUP BY c.id, c.name
HAVING sum(t.expected) > 0
ORDER BY c.name, c.id
