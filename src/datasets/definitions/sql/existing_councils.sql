-- The councils that exist on a day ($1) or existed before it.
SELECT c.id, code.gss_code, c.name, c.kind
FROM councils c
LEFT JOIN current_gss_codes code ON code.council_id = c.id
WHERE c.exists_from IS NULL OR c.exists_from <= $1
ORDER BY c.id
