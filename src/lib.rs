//! Outturn derives the performance figures of an association of councils from its records.
//!
//! From the lowest layer upwards:
//! - [`values`], [`rules`], [`access`] and [`config`] use neither the database nor HTTP.
//! - [`db`] and [`web`] are the infrastructure, and [`auth`] identifies callers.
//! - The slices are one module for each resource: [`councils`], [`groups`], [`meetings`],
//!   [`frameworks`], [`actions`], [`targets`] and [`progress`], and also [`accounts`], [`audit`]
//!   and [`me`].
//! - [`metrics`] derives every figure, and [`publications`] seals figures.
//! - [`datasets`] returns rows and figures as flat tables, and [`framework_report`] writes a
//!   framework as a document.
//! - [`webhooks`] sends events to external systems.
//! - [`reorganisations`] replaces councils by their successors, and [`framework_successor`] creates
//!   the framework of the next plan period.
//! - [`transfer`] imports and exports whole data sets.
//! - [`policy`] lists all operations with their access, [`openapi`] documents them, [`app`] builds
//!   the server, and [`cli`] is the command line.
//!
//! A module uses modules of its own layer or of lower layers. See docs/architecture.md.

pub mod access;
pub mod accounts;
pub mod actions;
pub mod app;
pub mod audit;
pub mod auth;
pub mod cli;
pub mod config;
pub mod councils;
pub mod datasets;
pub mod db;
pub mod framework_report;
pub mod framework_successor;
pub mod frameworks;
pub mod groups;
pub mod me;
pub mod meetings;
pub mod metrics;
pub mod openapi;
pub mod policy;
pub mod progress;
pub mod publications;
pub mod reorganisations;
pub mod rules;
pub mod targets;
pub mod telemetry;
pub mod transfer;
pub mod values;
pub mod web;
pub mod webhooks;
