SELECT id, gss_code, name, kind FROM named WHERE exists_from IS NULL OR exists_from <= $1 ORDER BY id
