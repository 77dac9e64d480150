//! Floor 3: reports, for analysts. Flat datasets of one grain each, as CSV, workbook, JSON or lines of JSON, and the keys
//! with which programs fetch them.

pub mod catalogue;
pub mod dataset;
pub mod datasets;
pub mod formats;
pub mod keys;
pub mod model;
pub mod queries;
pub mod routes;
pub mod schemas;
