SELECT ARRAY[k.key, g.gss_code, g.valid_from::text, g.valid_until::text] AS cells
FROM council_gss_codes g JOIN council_keys k ON k.id = g.council_id
WHERE g.valid_from IS NOT NULL OR g.valid_until IS NOT NULL
   OR (SELECT count(*) FROM council_gss_codes o WHERE o.council_id = g.council_id) > 1
ORDER BY g.council_id, g.valid_until NULLS LAST, g.gss_code
