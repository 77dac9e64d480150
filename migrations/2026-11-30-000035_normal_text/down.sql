DROP PROCEDURE keep_normal(text, text[]);
DROP FUNCTION to_normal_line(text);
-- The constraints of the tables go with it.
DROP FUNCTION is_normal_line(text) CASCADE;
DROP FUNCTION invisible_characters();
DROP FUNCTION other_spaces();
