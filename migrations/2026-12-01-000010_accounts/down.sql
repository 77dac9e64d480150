DROP TABLE dataset_keys;
DROP TABLE role_mapping_councils, role_mappings;
DROP DOMAIN mapped_claim;
DROP TABLE used_assertions, used_refresh_tokens, sessions, account_councils, accounts;
DROP DOMAIN account_role, account_kind;
