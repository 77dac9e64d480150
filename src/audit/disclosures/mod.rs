//! The record of which names were shown to whom. Every response with names writes it
//! (`web::disclosure`).

pub mod model;
pub mod queries;
pub mod routes;
