-- Who is expected at one meeting ($1), and what its register says. There is a row for each seat, or
-- at an open event for each council with its delegates. Each visitor has a row too.
SELECT e.role, e.council_id, c.name AS council_name, e.status, e.is_vacant, e.delegates
FROM expected_attendees(ARRAY[$1::uuid]) e
JOIN councils c ON c.id = e.council_id
UNION ALL
SELECT NULL, NULL, NULL, a.status, false, 0
FROM attendance a WHERE a.meeting_id = $1 AND a.status = 'in_attendance'
ORDER BY council_name, council_id, role
