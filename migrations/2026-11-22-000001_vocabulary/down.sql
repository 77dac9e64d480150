DROP PROCEDURE keep_external_ids(text, text);
DROP PROCEDURE keep_versions(text);
DROP FUNCTION touch_parent();
DROP FUNCTION bump_version();
DROP FUNCTION refuse(text);
DROP FUNCTION are_lines(text[]);
DROP DOMAIN one_line, title, prose, code, slug, gss_code, url, day, tally, pence, decimal_number;
DROP FUNCTION is_line(text, integer);
DROP EXTENSION btree_gist;
