DROP TABLE council_successions, council_memberships, council_gss_codes, councils;
DROP DOMAIN council_kind, succession_kind;
