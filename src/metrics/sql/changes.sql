-- Lists the changes of the resources in $3 since a snapshot, and the meetings whose registers they
-- can have changed; null if there are too many. $1: the last line that was restored from another
-- server, or null. $2, $4: the xmax and the running transactions of the snapshot. Changes of parts
-- of attendance records, which are external ids, affect no register. ORDER BY with LIMIT makes the
-- planner use the index on transaction_id.
SELECT c.resource,
       CASE WHEN c.resource = 'meetings' THEN c.ids
            WHEN c.resource <> 'attendance' OR c.part IS NOT NULL THEN '{}'
            WHEN cardinality(c.ids) <= 1000 THEN ARRAY(
                SELECT DISTINCT (row ->> 'meeting_id')::uuid
                FROM (SELECT json_array_elements(c.before) UNION ALL SELECT json_array_elements(c.after)) rows (row))
       END AS meeting_ids
FROM (
    (SELECT * FROM changes
     WHERE transaction_id >= $2 AND id > COALESCE($1, 0) AND resource = ANY ($3)
     ORDER BY transaction_id, id LIMIT 101)
    UNION ALL
    (SELECT * FROM changes
     WHERE transaction_id = ANY ($4) AND id > COALESCE($1, 0) AND resource = ANY ($3)
     LIMIT 101)
) c
LIMIT 101
