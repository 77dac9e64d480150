SELECT ARRAY[k.key, COALESCE(s.council, c.key), s.role, s.ordinal::text, a.delegate_ref, a.status, a.attendee_name,
             a.note] AS cells
FROM attendance a
JOIN meeting_keys k ON k.id = a.meeting_id
LEFT JOIN seat_keys s ON s.id = a.seat_id
LEFT JOIN council_keys c ON c.id = a.council_id
ORDER BY a.id
