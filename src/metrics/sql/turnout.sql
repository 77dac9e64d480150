-- Who is expected at one meeting on the day from which it counts, and what its register says. There
-- is a row for each seat, or at an open event for each council with its delegates. Each visitor has
-- a row too.
WITH meeting AS (SELECT m.*, counts_on(m.held_on, m.latest_on) AS day FROM meetings m WHERE m.id = $1)
SELECT s.role AS role, c.id AS council_id, c.name AS council_name, a.status AS status,
       t.seat_id IS NULL AS is_vacant, 0::bigint AS delegates
FROM meeting m
JOIN seats s ON s.group_id = m.group_id AND daterange(s.exists_from, s.exists_until) @> m.day
JOIN councils c ON c.id = s.council_id AND daterange(c.exists_from, c.exists_until) @> m.day
LEFT JOIN seat_terms t ON t.seat_id = s.id AND daterange(t.held_from, t.held_until) @> m.day
LEFT JOIN attendance a ON a.meeting_id = m.id AND a.seat_id = s.id
UNION ALL
SELECT NULL, c.id, c.name, listed.status, false, COALESCE(listed.delegates, 0)
FROM meeting m
JOIN councils c ON daterange(c.exists_from, c.exists_until) @> m.day
LEFT JOIN LATERAL (
    SELECT (array_agg(a.status ORDER BY array_position(
               ARRAY['present', 'present_virtual', 'substitute', 'apologies', 'absent'], a.status::text)))[1] AS status,
           count(*) FILTER (WHERE a.status IN ('present', 'present_virtual', 'substitute')) AS delegates
    FROM attendance a
    WHERE a.meeting_id = m.id AND a.council_id = c.id AND a.status <> 'in_attendance'
    HAVING count(*) > 0
) listed ON true
WHERE m.group_id IS NULL
UNION ALL
SELECT NULL, NULL, NULL, a.status, false, 0
FROM meeting m JOIN attendance a ON a.meeting_id = m.id AND a.status = 'in_attendance'
ORDER BY council_name, council_id, role
