//! Layer 3: the report on a framework, a document that members and officers read. `load` reads
//! records and metrics from one snapshot of the database. `build` converts them to `content`, the
//! texts and figures of the document, without I/O. The other modules write the content as a web
//! page, a Word file or a workbook.

pub mod build;
pub mod charts;
pub mod colours;
pub mod content;
pub mod docx;
pub mod explanations;
pub mod format;
pub mod html;
pub mod labels;
pub mod load;
pub mod model;
pub mod queries;
pub mod routes;
pub mod text;
pub mod xlsx;
