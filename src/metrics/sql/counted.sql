-- The meetings of each target that count on the latest of its dates. Each has the day from which it
-- counts and the parameters of the measure. expected.sql follows.
WITH asked AS (SELECT * FROM unnest($1::uuid[], $2::date[]) AS asked(target_id, as_at)),
params AS MATERIALIZED (
    SELECT t.id AS target_id, latest.as_at AS latest_as_at,
           t.measure ->> 'unit' AS unit,
           t.measure ->> 'aggregate' = 'distinct' AS is_distinct,
           t.measure ->> 'substitutes' = 'counted' AS counts_substitutes,
           t.measure ->> 'vacancies' = 'included' AS expects_vacancies,
           ARRAY(SELECT jsonb_array_elements_text(t.measure -> 'roles')) AS roles,
           ARRAY(SELECT jsonb_array_elements_text(t.measure -> 'council_kinds')) AS kinds
    FROM (SELECT target_id, max(as_at) AS as_at FROM asked GROUP BY target_id) latest
    JOIN targets t ON t.id = latest.target_id
),
counted AS (
    SELECT p.*, m.id AS meeting_id, m.group_id, counts_on(m.held_on, m.latest_on) AS counts_from
    FROM params p
    JOIN meetings_of_targets mot ON mot.target_id = p.target_id AND mot.target_id = ANY ($1)
    JOIN meetings m ON m.id = mot.meeting_id
    WHERE has_closed_register(m.status, m.register)
      AND counts_on(m.held_on, m.latest_on) <= p.latest_as_at
),
