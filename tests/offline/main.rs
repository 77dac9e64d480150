//! What needs no database: the document, the policy, the layout of the code, the rules, the configuration.

mod config;
mod dependencies;
mod document;
mod floors;
mod panics;
mod papers;
mod printed;
mod reports;
mod rules;
mod wording;
mod words;
