//! Floor 3: a framework as the document that members and officers read. It is called `printed` because `reports` are
//! datasets for analysts. Rows and metrics are gathered in one state of the database, `compose` words them once and
//! is pure, and each form only lays those words out.

pub mod charts;
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
