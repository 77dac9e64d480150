//! Database connections for handlers that only read records. They lead to the standby if one is
//! configured and recent enough, and otherwise to the primary.

use std::cell::Cell;
use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use super::{Problem, position, query_string};
use crate::db::{Connection, Error, Pool, Position};

/// The connections that one request reads from. A handler that needs the latest state of the
/// database takes the [`Pool`] instead.
pub struct ReadPool {
    pool: Data<Pool>,
    /// The position that the standby must have replayed. `None` if the request reads from the
    /// primary.
    standby_position: Cell<Option<Position>>,
}

impl ReadPool {
    /// Returns a read-only connection. If the standby does not respond, this and all further
    /// connections of the request lead to the primary.
    pub async fn get(&self) -> Result<Connection, Error> {
        match self.get_standby().await {
            Some(conn) => Ok(conn),
            None => self.pool.get().await,
        }
    }

    /// Returns a read-only connection, as [`Self::get`] does, with another limit for the wait for
    /// the primary.
    pub async fn get_within(&self, wait: Duration) -> Result<Connection, Error> {
        match self.get_standby().await {
            Some(conn) => Ok(conn),
            None => self.pool.get_within(wait).await,
        }
    }

    /// Returns whether the next connection is likely to lead to the standby.
    pub fn uses_standby(&self) -> bool {
        self.standby_position.get().is_some()
    }

    async fn get_standby(&self) -> Option<Connection> {
        let conn = match self.standby_position.get() {
            Some(position) => self.pool.get_standby(position).await,
            None => None,
        };
        if conn.is_none() {
            self.standby_position.set(None);
        }
        let server = if conn.is_some() { "standby" } else { "primary" };
        crate::telemetry::counter!("db_reads_total", "server" => server).increment(1);
        conn
    }
}

impl FromRequest for ReadPool {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.app_data::<Data<Pool>>().map(|pool| Self {
            pool: pool.clone(),
            standby_position: Cell::new(standby_position(request, pool)),
        });
        ready(found.ok_or_else(|| Problem::internal("app_data has no Pool")))
    }
}

/// Returns the position that the standby must have replayed to serve a request. Returns `None` if
/// the request must read from the primary. As-of queries do, because the standby may not yet have
/// all changes that the primary had at the instant.
fn standby_position(request: &HttpRequest, pool: &Pool) -> Option<Position> {
    let standby = pool.standby()?;
    if query_string::looks_back(request.query_string()) {
        return None;
    }
    standby.position_for_read(position::written(request))
}
