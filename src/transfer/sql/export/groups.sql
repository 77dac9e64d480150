SELECT ARRAY[code, name, responsible_from::text, responsible_until::text, handed_to, notes] AS cells
FROM groups ORDER BY id
