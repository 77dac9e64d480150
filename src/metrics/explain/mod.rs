//! Explanations: the rule of a metric, and every row that counts or does not. The statements here
//! list the rows that the statements of the metric count, and `derive` says how each row counts.

pub mod answer;
pub mod facts;
pub mod gather;
pub mod place;
pub mod queries;
pub mod routes;
pub mod rows;
