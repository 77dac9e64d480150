-- $1 to $5: the rows, column by column, with a version for rows that exist; $6, $7: the rows to
-- delete.
WITH given AS (
    SELECT * FROM unnest($1, $2, $3, $4, $5) AS g (id, version, meeting_id, question, handed_out)
), made AS (
    INSERT INTO evaluations (id, meeting_id, question, handed_out)
    SELECT id, meeting_id, question, handed_out FROM given WHERE version IS NULL ORDER BY meeting_id, question
    ON CONFLICT DO NOTHING
    RETURNING id
), changed AS (
    UPDATE evaluations e SET handed_out = g.handed_out
    FROM given g WHERE e.id = g.id AND e.version = g.version
    RETURNING e.id
), gone AS (
    DELETE FROM evaluations e USING unnest($6, $7) AS g (id, version)
    WHERE e.id = g.id AND e.version = g.version
    RETURNING e.id
)
SELECT (SELECT count(*) FROM made) + (SELECT count(*) FROM changed) + (SELECT count(*) FROM gone) AS rows
