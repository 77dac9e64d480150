DROP PROCEDURE keep_known_view(text);
DROP PROCEDURE keep_known(text, text);
DROP SCHEMA known CASCADE;
