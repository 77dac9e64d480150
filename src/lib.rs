//! Outturn: a performance framework whose figures are derived, never typed.

pub mod actions;
pub mod api;
pub mod app;
pub mod cli;
pub mod config;
pub mod councils;
pub mod db;
pub mod frameworks;
pub mod groups;
pub mod me;
pub mod meetings;
pub mod metrics;
pub mod policy;
pub mod progress;
pub mod rules;
pub mod targets;
pub mod transfer;
pub mod values;
pub mod web;
