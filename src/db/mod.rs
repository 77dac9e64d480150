//! The database: connections, tables, constraint errors, pages and child lists. Layer 1 of the
//! architecture.

mod actor;
pub mod as_of;
pub mod bulk;
pub mod children;
pub mod condition;
mod connections;
pub mod constraints;
pub mod disclosures;
pub mod embedded;
pub mod error;
mod external_ids;
pub mod idempotency_store;
pub mod identity;
pub mod migrations;
pub mod page_request;
pub mod pool;
pub mod pools;
pub mod rate_limits;
pub mod references;
pub mod resource_names;
pub mod schema;
pub mod session;
pub mod snapshot;
pub mod sql;
pub mod standby;
mod statement;
mod transaction;
mod visibility;
mod wire;
pub mod write;

pub use actor::{Actor, ActorKind};
pub use children::Children;
pub use error::Error;
pub use external_ids::ExternalIdScope;
pub use page_request::{After, PageRequest, SortKey};
pub use pool::{Connection, Pool, Settings};
pub use pools::Pools;
pub use references::Reference;
pub use session::Target;
pub use standby::{Position, Standby};
pub use statement::Statement;
pub use transaction::{
    TransactionEnd, begin, in_snapshot, in_transaction, in_written_snapshot, lock, with_rollback, within,
};
pub use visibility::{ExternalIdVisibility, Restricted, Visibility};

pub(crate) use children::children;
pub(crate) use external_ids::by_external_id;
pub(crate) use page_request::{keyset, sorts};
