SELECT ARRAY[k.group_code, k.council, k.role, k.ordinal::text, t.holder_ref, t.holder_name, t.held_from::text,
             t.held_until::text] AS cells
FROM seat_terms t JOIN seat_keys k ON k.id = t.seat_id ORDER BY t.seat_id, t.held_from
