//! A streaming standby that serves reads. The server uses it only while its staleness is bounded,
//! and only for clients whose writes it has replayed. All other reads use the primary.

mod pool;
mod position;
mod samples;
mod state;
mod watch;

pub(super) use self::pool::StandbyPool;
pub use self::position::{NotAPosition, Position};
pub use self::state::Standby;
pub use self::watch::flushed_position;
