//! The change feed: the change log for whoever keeps a copy of the tables. Nothing is missed and nothing comes twice,
//! however transactions overlap, because it goes on only to where all of them have ended; `position` says how.

pub mod model;
pub mod position;
pub mod queries;
pub mod routes;
