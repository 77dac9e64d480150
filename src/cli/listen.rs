//! The listeners of `outturn serve`: the API's address and, where it is separate, the admin address.

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

/// How many seconds the requests in progress may take to finish when the server stops.
const LAST_REQUESTS: u64 = 30;

/// The timeout for receiving a request's head, and the maximum idle time of a connection between
/// two requests.
const LONGEST_HEAD: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Fails if the API's address is in use or does not belong to this machine. Called before the
/// database is started.
pub(super) fn check(config: &Config) -> Result<(), CommandError> {
    TcpListener::bind(config.bind).map(drop).map_err(|error| cannot_listen(config.bind, &error))
}

fn cannot_listen(bind: SocketAddr, error: &std::io::Error) -> CommandError {
    format!("cannot listen on {bind}: {error}").into()
}

/// Starts the listeners. Returns them with the API's address.
pub(super) fn start(
    config: &Config,
    shared: &Shared,
    connections: Connections,
) -> Result<(Vec<Server>, SocketAddr), CommandError> {
    let patience = config.body_timeout;
    let api = shared.clone();
    let build = move || app::build(&api, pool(api.database()));
    let workers = Workers { count: config.workers, connections: connections.per_worker, patience };
    let (server, address) = listen(build, config.bind, &workers)?;
    let mut servers = vec![server];
    match config.admin_endpoints() {
        AdminEndpoints::Shared => {}
        AdminEndpoints::Separate(bind) => {
            let admin = shared.clone();
            let database = Settings { size: 1, ..shared.database().clone() };
            let build = move || app::build_admin(&admin, pool(&database));
            let workers = Workers { count: 1, connections: ADMIN_CONNECTIONS, patience };
            let (server, address) = listen(build, bind, &workers)?;
            tracing::info!(%address, "admin endpoints listen");
            servers.push(server);
        }
        AdminEndpoints::Off => tracing::info!(
            bind = %config.bind,
            "admin endpoints are off: set OUTTURN_ADMIN_BIND to serve /metrics and the details of /health/ready"
        ),
    }
    Ok((servers, address))
}

fn pool(settings: &Settings) -> Pool {
    Pool::new(settings).expect("a pool is made without connecting")
}

/// The settings of a listener's threads.
struct Workers {
    count: usize,
    /// The maximum number of connections of each thread. Further ones wait in the backlog of the
    /// operating system.
    connections: usize,
    /// How long a client may leave sent data unacknowledged.
    patience: Duration,
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
    let patience = workers.patience;
    let server = HttpServer::new(build)
        .workers(workers.count)
        .max_connections(workers.connections)
        .client_request_timeout(LONGEST_HEAD)
        .keep_alive(LONGEST_PAUSE)
        .shutdown_timeout(LAST_REQUESTS)
        .on_connect(move |connection, data| {
            give_up_on_whoever_reads_nothing(connection, patience);
            Watch::attach(connection, data, LONGEST_PAUSE + LONGEST_HEAD);
        })
        .bind(bind)
        .map_err(|error| cannot_listen(bind, &error))?;
    let address = server.addrs().first().copied().unwrap_or(bind);
    Ok((server.disable_signals().run(), address))
}

/// Sets the TCP user timeout, so that the operating system closes the connection of a client that
/// does not read its response.
fn give_up_on_whoever_reads_nothing(connection: &dyn Any, patience: Duration) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
    let milliseconds = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = setsockopt(stream, TcpUserTimeout, &milliseconds) {
        tracing::warn!(%error, "TCP user timeout not set");
    }
}
