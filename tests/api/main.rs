//! The API as its users meet it: a real server, a real PostgreSQL, a database for each test.

mod support;

mod accounts;
mod attendance;
mod authz;
mod bad_input;
mod bulk;
mod councils;
mod evaluations;
mod filters;
mod frameworks;
mod groups;
mod health;
mod idempotency;
mod limits;
mod load;
mod meetings;
mod metrics;
mod migrations;
mod naive;
mod names;
mod outage;
mod outside;
mod paging;
mod processes;
mod progress;
mod published;
mod races;
mod sample;
mod schema;
mod statements;
mod targets;
mod tokens;
mod transfer;
mod views;
