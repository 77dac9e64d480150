-- The meetings of each target that count at its date, and what its measure asks of them. expected.sql comes next.
WITH asked AS (SELECT * FROM unnest($1::uuid[], $2::date[]) AS asked(target_id, as_at)),
params AS (
    SELECT asked.target_id, asked.as_at, f.plan_until,
           t.measure ->> 'unit' AS unit,
           t.measure ->> 'substitutes' = 'counted' AS counts_substitutes,
           t.measure ->> 'vacancies' = 'included' AS expects_vacancies,
           ARRAY(SELECT jsonb_array_elements_text(t.measure -> 'roles')) AS roles,
           ARRAY(SELECT jsonb_array_elements_text(t.measure -> 'council_kinds')) AS kinds
    FROM asked
    JOIN targets t ON t.id = asked.target_id
    JOIN frameworks f ON f.id = t.framework_id
),
counted AS (
    SELECT p.*, m.id AS meeting_id, m.group_id, m.held_on::date AS held_on
    FROM params p
    JOIN meetings_of_targets mot ON mot.target_id = p.target_id
    JOIN meetings m ON m.id = mot.meeting_id
    WHERE m.status IN ('held', 'inquorate') AND m.register = 'closed'
      AND LEAST(m.latest_on, p.plan_until - 1) <= p.as_at
),
