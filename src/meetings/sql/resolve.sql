-- Returns, for each line, how many meetings the line's name matches, and one of the ids. $1 to $5:
-- the names of the meetings, one array for each column. $6: the system of the external ids; null
-- matches every system.
WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::text[])
        WITH ORDINALITY AS i (meeting_id, meeting_external_id, group_code, held_on, meeting_title, n)
), found AS (
    SELECT i.n, m.id FROM input i JOIN meetings m ON m.id = i.meeting_id
    UNION
    SELECT i.n, k.meeting_id FROM input i
    JOIN meeting_external_ids k ON k.external_id = i.meeting_external_id AND ($6::text IS NULL OR k.system = $6)
    UNION
    SELECT i.n, m.id FROM input i
    JOIN groups o ON o.code = i.group_code
    JOIN meetings m ON m.group_id = o.id AND m.held_on = i.held_on
    WHERE i.meeting_title IS NULL OR m.title = i.meeting_title
    UNION
    SELECT i.n, m.id FROM input i
    JOIN meetings m ON m.held_on = i.held_on AND m.title = i.meeting_title
    WHERE i.group_code IS NULL AND m.group_id IS NULL
)
SELECT COALESCE(f.count, 0) AS count, f.id
FROM input i
LEFT JOIN (SELECT n, count(*) AS count, (array_agg(id))[1] AS id FROM found GROUP BY n) f ON f.n = i.n
ORDER BY i.n
