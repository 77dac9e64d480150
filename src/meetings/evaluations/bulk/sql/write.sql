-- Inserts, updates and deletes rows, and returns the number of rows touched. $1 to $5: the rows to
-- write, one array for each column; the version is null for a row to insert. $6, $7: the ids and
-- versions of the rows to delete.
WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::bigint[]) AS i (id, version, meeting_id, question, handed_out)
), inserted AS (
    INSERT INTO evaluations (id, meeting_id, question, handed_out)
    SELECT id, meeting_id, question, handed_out FROM input WHERE version IS NULL ORDER BY meeting_id, question
    ON CONFLICT DO NOTHING
    RETURNING id
), updated AS (
    UPDATE evaluations e SET handed_out = i.handed_out
    FROM input i WHERE e.id = i.id AND e.version = i.version
    RETURNING e.id
), deleted AS (
    DELETE FROM evaluations e USING unnest($6::uuid[], $7::bigint[]) AS d (id, version)
    WHERE e.id = d.id AND e.version = d.version
    RETURNING e.id
)
SELECT (SELECT count(*) FROM inserted) + (SELECT count(*) FROM updated) + (SELECT count(*) FROM deleted) AS rows
