-- A council ($1), and if requested ($3) its predecessors by the day ($2).
WITH RECURSIVE lineage AS (
    SELECT $1::uuid AS id, 0 AS generation
    UNION
    SELECT s.predecessor_id, lineage.generation + 1
    FROM lineage JOIN council_successions s ON s.successor_id = lineage.id
    WHERE $3 AND s.succeeded_on <= $2 AND lineage.generation < 50
)
SELECT c.id AS council_id, c.name, c.exists_from, c.exists_until
FROM (SELECT id, min(generation) AS generation FROM lineage GROUP BY id) line
JOIN councils c ON c.id = line.id
ORDER BY line.generation, c.name, c.id
