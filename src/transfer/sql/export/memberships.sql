SELECT ARRAY[k.key, m.member_from::text, m.member_until::text] AS cells
FROM council_memberships m JOIN council_keys k ON k.id = m.council_id ORDER BY m.council_id, m.member_from
