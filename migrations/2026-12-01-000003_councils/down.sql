-- CASCADE drops the history views.
DROP VIEW seat_keys, council_keys, current_gss_codes;
DROP TABLE seat_terms, seat_external_ids, seats CASCADE;
DROP TABLE group_external_ids, groups CASCADE;
DROP TABLE council_successions, council_memberships, council_gss_codes, councils CASCADE;
DROP DOMAIN succession_kind, council_kind;
