//! Outturn: a performance framework whose figures are derived, never typed.
//!
//! From below: [`values`], [`rules`], [`policy`] and [`config`] know neither database nor HTTP. [`db`] and [`web`] are
//! the kernel. On it stand the slices, one for each resource, from [`councils`] to [`progress`], [`accounts`], [`audit`] and [`me`]. Above them
//! [`metrics`] derives every figure, [`reports`] hands out rows and figures as flat tables, [`webhooks`] tells other systems what happens, [`reorganisations`] lets councils follow councils, [`next_year`] a framework a framework,
//! and [`transfer`] reads and writes whole data sets. [`api`] lists all operations, [`app`] builds the server, [`cli`] is the
//! command line. Imports go down alone; docs/architecture.md has the rest.

pub mod accounts;
pub mod actions;
pub mod api;
pub mod app;
pub mod audit;
pub mod cli;
pub mod config;
pub mod councils;
pub mod db;
pub mod frameworks;
pub mod groups;
pub mod me;
pub mod meetings;
pub mod metrics;
pub mod next_year;
pub mod policy;
pub mod printed;
pub mod progress;
pub mod publications;
pub mod reorganisations;
pub mod reports;
pub mod rules;
pub mod targets;
pub mod transfer;
pub mod values;
pub mod web;
pub mod webhooks;
