SELECT ARRAY[s.key, p.key, c.kind, c.succeeded_on::text] AS cells
FROM council_successions c
JOIN council_keys s ON s.id = c.successor_id
JOIN council_keys p ON p.id = c.predecessor_id
ORDER BY c.succeeded_on, c.successor_id, c.predecessor_id
