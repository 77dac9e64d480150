//! Outturn: a performance framework whose figures are derived, never typed.

pub mod api;
pub mod app;
pub mod cli;
pub mod config;
pub mod councils;
pub mod db;
pub mod policy;
pub mod rules;
pub mod values;
pub mod web;
