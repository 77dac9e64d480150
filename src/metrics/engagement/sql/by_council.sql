-- The total attendance of each council that was expected at a register that counts from one day
-- ($1) to another ($2). Constructed registers are left out, because the result ranks councils.
SELECT c.name, sum(t.attended)::bigint AS attended, sum(t.expected)::bigint AS expected
FROM (SELECT array_agg(meeting_id) AS ids FROM registers_counted
      WHERE counts_on BETWEEN $1 AND $2 AND NOT constructed) registers
CROSS JOIN LATERAL council_tallies(registers.ids) t
JOIN councils c ON c.id = t.council_id
GROUP BY c.id, c.name
HAVING sum(t.expected) > 0
ORDER BY c.name, c.id
