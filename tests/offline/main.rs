//! What needs no database: the document, the policy, the layout of the code, the rules, the configuration.

mod config;
mod courses;
mod dependencies;
mod derive;
mod document;
mod floors;
mod panics;
mod papers;
mod printed;
mod profiles;
mod reports;
mod rules;
mod wording;
mod words;
