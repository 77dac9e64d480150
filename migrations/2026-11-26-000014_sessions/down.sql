DROP TABLE used_assertions;
ALTER TABLE accounts DROP COLUMN jwks;
DROP TABLE sessions;
CALL keep_changes('accounts', 'accounts', 'id', 'secret_hash');
