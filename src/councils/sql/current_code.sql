(SELECT g.gss_code FROM council_gss_codes g WHERE g.council_id = councils.id
 ORDER BY g.valid_until DESC NULLS FIRST, g.gss_code LIMIT 1)
