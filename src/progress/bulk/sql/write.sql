-- Inserts, updates and deletes entries, and returns the number of entries that the lines name and
-- that were touched. $1 to $11: the entries to write, one array for each column, with the id and
-- version of the stored entry or null. If `id` and `current_id` differ, a new entry corrects the
-- stored entry. $12, $13: the ids and versions of the entries to delete. $14: the caller, who
-- becomes the author of new entries.
WITH RECURSIVE input AS (
    SELECT * FROM unnest(
        $1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::date[],
        $7::text[], $8::boolean[], $9::text[], $10::text[], $11::text[]
    ) AS i (
        id, current_id, version, target_id, council_id, occurred_on, occasion, covered, source, note, evidence_url)
), checked AS (
    SELECT i.*, p.id IS NOT NULL AS is_current
    FROM input i LEFT JOIN progress p ON p.id = i.current_id AND p.version = i.version
), inserted AS (
    INSERT INTO progress (id, target_id, kind, occurred_on, source, author, occasion, note, evidence_url, supersedes_id, council_id, covered)
    SELECT id, target_id, 'coverage', occurred_on, COALESCE(source, $14), $14, occasion, note, evidence_url, current_id, council_id, covered
    FROM checked WHERE current_id IS NULL OR (is_current AND current_id <> id)
    ORDER BY target_id, council_id, occurred_on, occasion
    RETURNING id
), updated AS (
    UPDATE progress p SET source = COALESCE(i.source, p.source), note = i.note, evidence_url = i.evidence_url
    FROM input i WHERE p.id = i.id AND p.id = i.current_id AND p.version = i.version
    RETURNING p.id
), to_delete AS (
    SELECT p.id, p.supersedes_id, p.id AS head FROM progress p
    JOIN unnest($12::uuid[], $13::bigint[]) AS d (id, version) ON p.id = d.id AND p.version = d.version
    UNION ALL
    SELECT p.id, p.supersedes_id, t.head FROM to_delete t JOIN progress p ON p.id = t.supersedes_id
), deleted AS (
    DELETE FROM progress p USING to_delete t WHERE p.id = t.id RETURNING p.id
)
SELECT (SELECT count(*) FROM inserted) + (SELECT count(*) FROM updated)
       + (SELECT count(*) FROM deleted JOIN to_delete t ON t.id = deleted.id AND t.id = t.head) AS rows
