-- $1 to $11: the entries, column by column, with the id and version of the current entry if there
-- is one. An entry whose id differs from the current entry's id corrects the current entry. $12,
-- $13: the entries to delete; $14: the caller, who is the author of new entries.
WITH RECURSIVE given AS (
    SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS g (
        id, stands_id, version, target_id, council_id, occurred_on, occasion, covered, source, note, evidence_url)
), standing AS (
    SELECT g.*, p.id IS NOT NULL AS stands FROM given g LEFT JOIN progress p ON p.id = g.stands_id AND p.version = g.version
), made AS (
    INSERT INTO progress (id, target_id, kind, occurred_on, source, author, occasion, note, evidence_url, supersedes_id, council_id, covered)
    SELECT id, target_id, 'coverage', occurred_on, COALESCE(source, $14), $14, occasion, note, evidence_url, stands_id, council_id, covered
    FROM standing WHERE stands_id IS NULL OR (stands AND stands_id <> id)
    ORDER BY target_id, council_id, occurred_on, occasion
    RETURNING id
), changed AS (
    UPDATE progress p SET source = COALESCE(g.source, p.source), note = g.note, evidence_url = g.evidence_url
    FROM given g WHERE p.id = g.id AND p.id = g.stands_id AND p.version = g.version
    RETURNING p.id
), withdrawn AS (
    SELECT p.id, p.supersedes_id, p.id AS head FROM progress p
    JOIN unnest($12, $13) AS g (id, version) ON p.id = g.id AND p.version = g.version
    UNION ALL
    SELECT p.id, p.supersedes_id, w.head FROM withdrawn w JOIN progress p ON p.id = w.supersedes_id
), gone AS (
    DELETE FROM progress p USING withdrawn w WHERE p.id = w.id RETURNING p.id
)
SELECT (SELECT count(*) FROM made) + (SELECT count(*) FROM changed)
       + (SELECT count(*) FROM gone JOIN withdrawn w ON w.id = gone.id AND w.id = w.head) AS rows
