-- The meetings whose registers count by a day ($2), from another ($3): those of groups while they were responsible, and
-- open events. It is a metric's rule, for all of them at once. expected.sql comes next.
WITH counted AS (
    SELECT NULL::uuid AS target_id, NULL::date AS as_at, m.id AS meeting_id, m.group_id, m.held_on::date AS held_on,
           'seat' AS unit, true AS counts_substitutes, true AS expects_vacancies,
           '{}'::text[] AS roles, '{}'::text[] AS kinds
    FROM meetings m
    LEFT JOIN groups g ON g.id = m.group_id
    WHERE m.status IN ('held', 'inquorate') AND m.register = 'closed' AND m.held_on >= $3
      AND daterange(g.responsible_from, g.responsible_until) @> m.held_on::date
      AND LEAST(m.latest_on, (plan_year_of(m.held_on::date) + interval '1 year')::date - 1) <= $2
),
