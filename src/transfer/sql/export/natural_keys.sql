-- The keys by which exported files reference rows: a natural key or, without one, the row's id.
WITH council_key AS (
    SELECT c.id, COALESCE((SELECT g.gss_code FROM council_gss_codes g
                           WHERE g.council_id = c.id AND NOT EXISTS (
                               SELECT FROM council_gss_codes o WHERE o.gss_code = g.gss_code AND o.council_id <> c.id)
                           ORDER BY g.valid_until DESC NULLS FIRST, g.gss_code LIMIT 1), c.id::text) AS key
    FROM councils c
),
meeting_key AS (
    SELECT m.id, COALESCE(x.external_id, m.id::text) AS key
    FROM meetings m LEFT JOIN meeting_external_ids x ON x.meeting_id = m.id AND x.system = 'import'
),
progress_key AS (
    SELECT p.id, COALESCE(x.external_id, p.id::text) AS key
    FROM progress p LEFT JOIN progress_external_ids x ON x.progress_id = p.id AND x.system = 'import'
),
seat_key AS (
    SELECT s.id, g.code AS group_code, c.key AS council, s.role, s.ordinal
    FROM seats s JOIN groups g ON g.id = s.group_id JOIN council_key c ON c.id = s.council_id
)
