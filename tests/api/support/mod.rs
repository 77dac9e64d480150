//! What every API test stands on: a server of its own, over a database of its own, and people who ask.

mod answer;
mod app;
mod cluster;
mod issuer;
mod made;
mod person;
mod receiver;
mod world;

pub use answer::Answer;
pub use app::{App, run_alone};
pub use cluster::run;
pub use issuer::{AUDIENCE, Instead, Issuer, TokenKey, claims, now};
pub use made::{Made, id};
pub use person::Person;
pub use receiver::{Receiver, Step};
pub use world::{RESOURCES, Resource, World, as_read, every_resource, in_days};
