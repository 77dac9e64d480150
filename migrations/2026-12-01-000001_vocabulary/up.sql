-- Domains and functions for texts, numbers and days. The domains limit every stored value, for all
-- code that writes. src/values has the same limits for the API, and a test compares both.

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Texts

-- Returns whether a text is one line: no control characters, no space at the start, and at most
-- `longest` characters.
CREATE FUNCTION is_line(item text, longest integer) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN
    char_length(item) BETWEEN 1 AND longest AND item ~ '^[^\x01-\x20\x7f][^\x01-\x1f\x7f]*$';

-- Returns whether each item is one line of at most 200 characters. The elements of an array cannot
-- have a domain with this check, so checks of array columns call this function.
CREATE FUNCTION are_lines(items text[]) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN NOT EXISTS (
    SELECT FROM unnest(items) AS item WHERE is_line(item, 200) IS NOT TRUE);

CREATE DOMAIN one_line AS text CONSTRAINT one_line_is_bounded CHECK (is_line(VALUE, 200));
CREATE DOMAIN title AS text CONSTRAINT title_is_bounded CHECK (is_line(VALUE, 500));
CREATE DOMAIN prose AS text
    CONSTRAINT prose_is_bounded CHECK (char_length(VALUE) BETWEEN 1 AND 4000);
CREATE DOMAIN code AS text
    CONSTRAINT code_is_bounded CHECK (VALUE ~ '^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$');
CREATE DOMAIN slug AS text CONSTRAINT slug_is_bounded CHECK (VALUE ~ '^[a-z][a-z0-9_]{0,63}$');
CREATE DOMAIN gss_code AS text
    CONSTRAINT gss_code_is_well_formed CHECK (VALUE ~ '^[EWSNKJLM][0-9]{8}$');
CREATE DOMAIN url AS text CONSTRAINT url_is_well_formed CHECK (
    char_length(VALUE) <= 2000 AND VALUE ~ '^https?://[^\x01-\x20\x7f]+$');
CREATE DOMAIN email AS text CONSTRAINT email_is_well_formed CHECK (
    char_length(VALUE) <= 254 AND VALUE ~ '^[^@\x01-\x20\x7f]+@[^@\x01-\x20\x7f]+$');
-- The URL of an identity provider. Short enough for an index entry together with a one_line.
CREATE DOMAIN issuer AS text CONSTRAINT issuer_is_well_formed CHECK (
    char_length(VALUE) <= 200 AND VALUE ~ '^https?://[^\x01-\x20\x7f{}]+$');

-- Returns a regular expression for the spaces of the Unicode category Zs, except U+0020.
CREATE FUNCTION non_ascii_spaces() RETURNS text IMMUTABLE LANGUAGE sql RETURN
    '[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]';

-- Returns a regular expression for characters that are invisible.
CREATE FUNCTION invisible_characters() RETURNS text IMMUTABLE LANGUAGE sql RETURN
    '[\u0080-\u009f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160'
    || '\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164'
    || '\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd'
    || '\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]';

-- Returns whether a text is in Unicode form NFC, has no invisible characters, has no spaces at its
-- ends, and has no spaces other than U+0020. Every table with keys or names has a check that calls
-- this function. src/values/text_form.rs normalises requests in the same way, and a test compares
-- both.
CREATE FUNCTION is_normal_line(item text) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN
    item IS NFC NORMALIZED AND item = btrim(item, ' ')
    AND item !~ non_ascii_spaces() AND item !~ invisible_characters();

-- Numbers

CREATE DOMAIN tally AS bigint
    CONSTRAINT tally_is_in_range CHECK (VALUE BETWEEN 0 AND 1000000000);
CREATE DOMAIN pence AS bigint
    CONSTRAINT pence_is_in_range CHECK (VALUE BETWEEN -1000000000000 AND 1000000000000);
CREATE DOMAIN decimal_number AS numeric(15, 2)
    CONSTRAINT decimal_number_is_in_range CHECK (VALUE BETWEEN -1000000000000 AND 1000000000000);

-- Days. Ranges of days are half-open: a range contains its first day and does not contain its end.

CREATE DOMAIN day AS date
    CONSTRAINT day_is_in_range CHECK (VALUE BETWEEN DATE '1900-01-01' AND DATE '2100-12-31');

-- Returns the first day of the plan year that contains a day. A plan year begins on 1 April.
CREATE FUNCTION plan_year_of(day date) RETURNS date IMMUTABLE LANGUAGE sql
    RETURN (date_trunc('year', day::timestamp - interval '3 months') + interval '3 months')::date;

-- Returns the day from which a meeting counts. Seats, terms and councils are read as of this day.
-- The result is the last day of the month or year to which the meeting's date is known, but not
-- later than the last day of the plan year that contains the date.
CREATE FUNCTION counts_on(held_on date, latest_on date) RETURNS date IMMUTABLE LANGUAGE sql
    RETURN LEAST(latest_on, (plan_year_of(held_on) + interval '1 year')::date - 1);

-- Rules that no constraint can express

-- Raises the error of a check constraint with this name. src/db/constraints.rs then describes the
-- error in the same way as the violation of a constraint.
CREATE FUNCTION raise_check_violation(rule text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the change violates %', rule
        USING ERRCODE = 'check_violation', CONSTRAINT = rule;
END $$;
