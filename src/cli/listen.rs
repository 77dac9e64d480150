//! The listeners of `outturn serve`. One serves the API, and another serves a separate admin
//! address if one is configured.

use std::any::Any;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::rt::net::TcpStream;
use actix_web::{App, Error, HttpServer};
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::TcpUserTimeout;

use super::descriptors::{ADMIN_CONNECTIONS, Connections};
use super::error::CommandError;
use crate::app::{self, Shared};
use crate::config::{AdminEndpoints, Config};
use crate::db::{Pool, Settings};
use crate::web::connection::Watch;

/// Time in seconds in which requests in progress must finish when the server stops.
const SHUTDOWN_TIMEOUT_SECONDS: u64 = 30;

/// Time limit for receiving the head of a request. It is also the maximum time without a request
/// between two requests on a connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Fails if the server cannot listen on the API's address. Called before the database is started,
/// so that this error appears early.
pub(super) fn check(config: &Config) -> Result<(), CommandError> {
    TcpListener::bind(config.bind).map(drop).map_err(|error| cannot_listen(config.bind, &error))
}

fn cannot_listen(bind: SocketAddr, error: &std::io::Error) -> CommandError {
    format!("cannot listen on {bind}: {error}").into()
}

/// Starts the HTTP servers. Returns the servers and the address of the API.
pub(super) fn start(
    config: &Config,
    shared: &Shared,
    connections: Connections,
) -> Result<(Vec<Server>, SocketAddr), CommandError> {
    let user_timeout = config.body_timeout;
    let api = shared.clone();
    let build = move || app::build(&api, pool(api.database()));
    let workers = Workers { count: config.workers, connections: connections.per_worker, user_timeout };
    let (server, address) = listen(build, config.bind, &workers)?;
    let mut servers = vec![server];
    match config.admin_endpoints() {
        AdminEndpoints::Shared => {}
        AdminEndpoints::Separate(bind) => {
            let admin = shared.clone();
            let database = Settings { size: 1, ..shared.database().clone() };
            let build = move || app::build_admin(&admin, pool(&database));
            let workers = Workers { count: 1, connections: ADMIN_CONNECTIONS, user_timeout };
            let (server, address) = listen(build, bind, &workers)?;
            tracing::info!(%address, "admin endpoints are served");
            servers.push(server);
        }
        AdminEndpoints::Off => tracing::info!(
            api_address = %config.bind,
            "admin endpoints are off because OUTTURN_ADMIN_BIND is not set, so /metrics and the details of /health/ready are not served"
        ),
    }
    Ok((servers, address))
}

fn pool(settings: &Settings) -> Pool {
    Pool::new(settings).expect("a pool is made without connecting")
}

struct Workers {
    count: usize,
    /// Maximum number of connections for each server thread. Further connections wait in the
    /// backlog of the operating system.
    connections: usize,
    user_timeout: Duration,
}

fn listen<T, B>(
    build: impl Fn() -> App<T> + Send + Clone + 'static,
    bind: SocketAddr,
    workers: &Workers,
) -> Result<(Server, SocketAddr), CommandError>
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let user_timeout = workers.user_timeout;
    let server = HttpServer::new(build)
        .workers(workers.count)
        .max_connections(workers.connections)
        .client_request_timeout(HEAD_TIMEOUT)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(SHUTDOWN_TIMEOUT_SECONDS)
        .on_connect(move |connection, data| {
            set_user_timeout(connection, user_timeout);
            Watch::attach(connection, data, KEEP_ALIVE + HEAD_TIMEOUT);
        })
        .bind(bind)
        .map_err(|error| cannot_listen(bind, &error))?;
    let address = server.addrs().first().copied().unwrap_or(bind);
    Ok((server.disable_signals().run(), address))
}

/// Sets the TCP user timeout of a connection. The operating system then closes the connection if
/// the client does not read its response.
fn set_user_timeout(connection: &dyn Any, user_timeout: Duration) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
    let milliseconds = u32::try_from(user_timeout.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = setsockopt(stream, TcpUserTimeout, &milliseconds) {
        tracing::warn!(%error, "TCP user timeout cannot be set");
    }
}
