SELECT ARRAY[k.group_code, k.council, s.role, s.ordinal::text, s.exists_from::text, s.exists_until::text] AS cells
FROM seats s JOIN seat_keys k ON k.id = s.id ORDER BY s.id
