//! Datasets, which are flat tables for analysts, as CSV, Excel workbook, JSON or NDJSON. Programs
//! read datasets with dataset keys. Layer 3 of the architecture.

pub mod catalogue;
pub mod dataset;
pub mod dataset_keys;
pub mod definitions;
pub mod formats;
pub mod model;
pub mod queries;
pub mod routes;
pub mod schemas;
