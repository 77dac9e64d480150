DROP TABLE role_mapping_councils;
DROP TABLE role_mappings;
DROP DOMAIN issuer;
DROP DOMAIN mapped_claim;
