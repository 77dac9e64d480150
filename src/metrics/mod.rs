//! Floor 3: what the server derives. SQL gathers facts, one statement for each kind of fact whatever the number of
//! targets; `derive` gives them meaning and is pure.

pub mod csv;
pub mod derive;
pub mod explain;
pub mod facts;
pub mod model;
pub mod queries;
pub mod rollup;
pub mod routes;
pub mod tree;
pub mod turnout;
