//! Explanations: the rule of a metric, and every row that counts or does not. The statements here
//! list the rows that the statements of the metric count, and `derive` says how each row counts.

pub mod assemble;
pub mod facts;
pub mod load;
pub mod position;
pub mod queries;
pub mod routes;
pub mod rows;
