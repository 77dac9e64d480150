SELECT ARRAY[k.key, c.name, c.kind, c.county, c.exists_from::text, c.exists_until::text] AS cells
FROM councils c JOIN council_keys k ON k.id = c.id ORDER BY c.id
