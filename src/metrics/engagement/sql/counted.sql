-- The registers that count by a day ($2), of meetings from another ($3): what a target's meetings are for a metric, these
-- are for a council. expected.sql comes next.
WITH counted AS (
    SELECT NULL::uuid AS target_id, NULL::date AS counts_from, meeting_id, group_id, held_on,
           'seat' AS unit, true AS counts_substitutes, true AS expects_vacancies,
           '{}'::text[] AS roles, '{}'::text[] AS kinds
    FROM registers_counted WHERE held_on >= $3 AND counts_on <= $2
),
