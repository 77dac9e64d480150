//! Layer 3: the report on a framework, a document that members and officers read. `gather` reads
//! rows and metrics from one snapshot of the database. `compose` turns them into texts and is pure.
//! Each format only lays these texts out.

pub mod charts;
pub mod colours;
pub mod compose;
pub mod docx;
pub mod figures;
pub mod gather;
pub mod html;
pub mod model;
pub mod ongoing;
pub mod partial;
pub mod queries;
pub mod routes;
pub mod rows;
pub mod trend;
pub mod view;
pub mod words;
pub mod xlsx;
