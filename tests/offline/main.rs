//! Tests without a database: the OpenAPI document, the policy, module layering, rules,
//! configuration.

mod config;
mod datasets;
mod dependency_cycles;
mod derive;
mod docs_in_sync;
mod document;
mod expected_by_now;
mod framework_report;
mod layering;
mod panics;
mod profiles;
mod rule_text;
mod rules;
mod wording;
