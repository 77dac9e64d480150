DROP TABLE used_assertions;
ALTER TABLE accounts DROP COLUMN jwks;
DROP TABLE sessions;
