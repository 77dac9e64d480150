//! Councils: what they are called, which codes they go by, when they exist, when they are members, and which
//! council took over from which.

pub mod model;
pub mod queries;
pub mod routes;
