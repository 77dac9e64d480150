DROP FUNCTION raise_check_violation, counts_on, plan_year_of, is_normal_line;
DROP FUNCTION invisible_characters, non_ascii_spaces;
DROP DOMAIN one_line, title, prose, code, slug, gss_code, url, email, issuer;
DROP DOMAIN tally, pence, decimal_number, day;
DROP FUNCTION are_lines, is_line;
DROP EXTENSION btree_gist;
