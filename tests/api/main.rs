//! The API as its users meet it: a real server, a real PostgreSQL, a database for each test.

mod support;

mod councils;

