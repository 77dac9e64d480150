-- Resolves the council, the seat and the own external id that each line names. $1 to $8: the
-- meetings of the lines and the names, one array for each column. $9: whether the caller's scope
-- contains every council. $10: the councils in the caller's scope. $11: the system of the external
-- ids that name seats; null matches every system. $12: the system of the lines' own external ids.
WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::integer[])
        WITH ORDINALITY AS i (
            meeting_id, external_id, seat_id, seat_external_id, council_id, council_gss_code, role, ordinal, n)
), councils_found AS (
    SELECT n, council_id FROM (
        SELECT i.n, c.id AS council_id FROM input i JOIN councils c ON c.id = i.council_id
        UNION
        SELECT i.n, k.council_id FROM input i JOIN council_gss_codes k ON k.gss_code = i.council_gss_code
    ) found WHERE $9 OR council_id = ANY ($10)
), seats_found AS (
    SELECT n, seat_id, council_id FROM (
        SELECT i.n, s.id AS seat_id, s.council_id FROM input i JOIN seats s ON s.id = i.seat_id
        UNION
        SELECT i.n, s.id, s.council_id FROM input i
        JOIN seat_external_ids k ON k.external_id = i.seat_external_id AND ($11::text IS NULL OR k.system = $11)
        JOIN seats s ON s.id = k.seat_id
        UNION
        SELECT i.n, s.id, s.council_id FROM input i
        JOIN meetings m ON m.id = i.meeting_id
        JOIN councils_found c ON c.n = i.n
        JOIN seats s ON s.group_id = m.group_id AND s.council_id = c.council_id AND s.role = i.role
            AND daterange(s.exists_from, s.exists_until) @> counts_on(m.held_on, m.latest_on)
        WHERE i.ordinal IS NULL OR s.ordinal = i.ordinal
    ) found WHERE $9 OR council_id = ANY ($10)
)
SELECT COALESCE(c.councils, 0) AS councils, c.council_id,
       COALESCE(s.seats, 0) AS seats, s.seat_id, s.council_id AS seat_council_id,
       a.meeting_id AS known_meeting_id, a.seat_id AS known_seat_id, a.council_id AS known_council_id,
       a.delegate_ref::text AS known_delegate_ref
FROM input i
LEFT JOIN (SELECT n, count(*) AS councils, (array_agg(council_id))[1] AS council_id FROM councils_found GROUP BY n) c
    ON c.n = i.n
LEFT JOIN (SELECT n, count(*) AS seats, (array_agg(seat_id))[1] AS seat_id, (array_agg(council_id))[1] AS council_id
           FROM seats_found GROUP BY n) s ON s.n = i.n
LEFT JOIN attendance_external_ids x ON x.external_id = i.external_id AND x.system = $12
LEFT JOIN attendance a ON a.id = x.attendance_id
ORDER BY i.n
