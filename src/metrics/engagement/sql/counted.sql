-- The registers that count from one day ($3) to another ($2). They are for a council what a
-- target's meetings are for a metric. expected.sql follows.
WITH counted AS (
    SELECT NULL::uuid AS target_id, counts_on AS counts_from, meeting_id, group_id,
           'seat' AS unit, true AS counts_substitutes, true AS expects_vacancies,
           '{}'::text[] AS roles, '{}'::text[] AS kinds
    FROM registers_counted WHERE counts_on BETWEEN $3 AND $2
),
