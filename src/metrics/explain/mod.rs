//! Why a metric is what it is: the rule, and every row that counts or does not. The statements list rows where those
//! of the metric count them, and `derive` says of each row how it counts.

pub mod answer;
pub mod facts;
pub mod gather;
pub mod place;
pub mod queries;
pub mod routes;
pub mod rows;
