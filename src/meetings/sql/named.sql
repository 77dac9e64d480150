-- $1: the names, with line numbers; $2: the system of the external ids, or null for any.
WITH given AS (
    SELECT * FROM jsonb_to_recordset($1) AS g (
        n integer, meeting_id uuid, meeting_external_id text, group_code text, held_on date, meeting_title text)
), named AS (
    SELECT g.n, m.id FROM given g JOIN meetings m ON m.id = g.meeting_id
    UNION
    SELECT g.n, k.meeting_id FROM given g
    JOIN meeting_external_ids k ON k.external_id = g.meeting_external_id AND ($2 IS NULL OR k.system = $2)
    UNION
    SELECT g.n, m.id FROM given g
    JOIN groups o ON o.code = g.group_code
    JOIN meetings m ON m.group_id = o.id AND m.held_on = g.held_on
    WHERE g.meeting_title IS NULL OR m.title = g.meeting_title
    UNION
    SELECT g.n, m.id FROM given g
    JOIN meetings m ON m.held_on = g.held_on AND m.title = g.meeting_title
    WHERE g.group_code IS NULL AND m.group_id IS NULL
)
SELECT n, count(*) AS count, (array_agg(id))[1] AS id FROM named GROUP BY n
