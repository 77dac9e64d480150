DROP TABLE account_councils;
DROP TABLE accounts;
DROP DOMAIN email;
DROP DOMAIN account_role;
DROP DOMAIN account_kind;
