//! Evaluations: how participants rated a meeting, as the number of forms for each rating.

pub mod bulk;
pub mod model;
pub mod queries;
pub mod routes;
