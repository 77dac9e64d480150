//! Layer 3: datasets for analysts. Each is a flat table of one grain, as CSV, Excel workbook, JSON
//! or NDJSON. Programs read them with dataset keys.

pub mod catalogue;
pub mod dataset;
pub mod definitions;
pub mod formats;
pub mod keys;
pub mod model;
pub mod queries;
pub mod routes;
pub mod schemas;
