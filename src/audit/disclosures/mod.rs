//! The record of who was shown whose name. Every answer that shows one writes it (`web::disclosure`).

pub mod model;
pub mod queries;
pub mod routes;
