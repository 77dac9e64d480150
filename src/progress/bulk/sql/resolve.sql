-- Resolves the target, the council and the own external id that each line names. $1: an array of
-- JSON objects with the line's number and the names. $2: the system of the lines' own external ids.
-- $3: whether the caller's scope contains every council. $4: the councils in the caller's scope.
WITH input AS (
    SELECT * FROM jsonb_to_recordset($1) AS i (
        n integer, external_id text, target_id uuid, framework_code text, target_code text, council_id uuid,
        council_gss_code text)
), councils_found AS (
    SELECT n, council_id FROM (
        SELECT i.n, c.id AS council_id FROM input i JOIN councils c ON c.id = i.council_id
        UNION
        SELECT i.n, k.council_id FROM input i JOIN council_gss_codes k ON k.gss_code = i.council_gss_code
    ) found WHERE $3 OR council_id = ANY ($4)
)
SELECT COALESCE(t.id, coded.id) AS target_id,
       COALESCE(c.councils, 0) AS councils, c.council_id,
       p.target_id AS known_target_id, p.council_id AS known_council_id, p.occurred_on::date AS known_occurred_on,
       p.occasion::text AS known_occasion, k.progress_id IS NOT NULL AND p.id IS NULL AS is_of_another_kind
FROM input i
LEFT JOIN targets t ON t.id = i.target_id
LEFT JOIN frameworks f ON f.code = i.framework_code
LEFT JOIN targets coded ON coded.framework_id = f.id AND coded.code = i.target_code
LEFT JOIN (SELECT n, count(*) AS councils, (array_agg(council_id))[1] AS council_id FROM councils_found GROUP BY n) c
    ON c.n = i.n
LEFT JOIN progress_external_ids k ON k.external_id = i.external_id AND k.system = $2
LEFT JOIN progress p ON p.id = k.progress_id AND p.kind = 'coverage'
ORDER BY i.n
