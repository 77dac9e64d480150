//! Explanations: the rule by which a metric is derived, and all rows that were considered. The SQL
//! statements here return the rows that the statements for metrics count. Functions in `derive`
//! compute the share of each row.

pub mod assemble;
pub mod load;
pub mod position;
pub mod queries;
pub mod routes;
pub mod row_facts;
pub mod rows;
