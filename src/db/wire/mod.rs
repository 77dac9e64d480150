//! Connections to PostgreSQL over a custom stream, which adds two features to the driver. The
//! stream exposes the SQLSTATE of each error. The stream also fails if the server sends nothing for
//! too long while a response is due.

mod frames;
mod hosts;
mod stream;
mod tls;

use std::error::Error as _;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::tls::{MakeTlsConnect, TlsStream};
use tokio_postgres::{Client, Config, Connection, NoTls, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

use self::hosts::{HostAddress, Socket};
use self::stream::Wire;
use self::tls::OverTls;

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time limit for connecting, including TLS and authentication. The hosts in the connection
    /// string share this time.
    pub connect: Duration,
    /// Maximum time for which the server may send nothing while a response is due.
    pub silence: Duration,
}

#[derive(Debug)]
pub struct Failure {
    pub sqlstate: Option<String>,
    pub message: String,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self { sqlstate: None, message: message.into() }
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        Self {
            sqlstate: error.code().map(|state| state.code().to_owned()),
            message: format!("{error}{cause}"),
        }
    }
}

/// Connects to the first host that responds and has the required session attributes.
pub async fn connect(config: &Config, tls: MakeRustlsConnect, limits: Limits) -> Result<Client, Failure> {
    let end = Instant::now() + limits.connect;
    let hosts = hosts::list_hosts(config).map_err(Failure::new)?;
    let mut failure = Failure::new("the connection string has no host");
    for (index, host) in hosts.iter().enumerate() {
        // Divides the remaining time between the remaining hosts, so that each host is tried.
        let left = end.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(hosts.len() - index).unwrap_or(1);
        match timeout_at(Instant::now() + share, connect_to(host, config, tls.clone(), limits)).await {
            Ok(Ok(client)) => return Ok(client),
            Ok(Err(error)) => failure = error,
            Err(_) => failure = Failure::new(format!("no answer within {:?}", limits.connect)),
        }
    }
    Err(failure)
}

async fn connect_to(
    host: &HostAddress,
    config: &Config,
    mut tls: MakeRustlsConnect,
    limits: Limits,
) -> Result<Client, Failure> {
    let socket = host.open(config).await.map_err(|error| Failure::new(format!("{host}: {error}")))?;
    let client = if config.get_ssl_mode() == SslMode::Require && !host.is_local() {
        let Ok(tls) = MakeTlsConnect::<Socket>::make_tls_connect(&mut tls, host.tls_name());
        // The future is boxed, because the compiler cannot otherwise prove that it is Send.
        let (client, connection) =
            config.connect_raw(socket, OverTls::new(tls, limits.silence)).boxed().await?;
        tokio::spawn(run_connection(connection));
        client
    } else {
        let mut config = config.clone();
        config.ssl_mode(SslMode::Disable);
        let (client, connection) =
            config.connect_raw(Wire::new(socket, limits.silence), NoTls).boxed().await?;
        tokio::spawn(run_connection(connection));
        client
    };
    let wanted = config.get_target_session_attrs();
    if wanted != TargetSessionAttrs::Any {
        check_attributes(&client.simple_query("SHOW transaction_read_only").await?, wanted)?;
    }
    Ok(client)
}

/// Runs a database connection until it ends. Logs the error, unless the client has closed the
/// connection.
async fn run_connection<S, T>(connection: Connection<S, T>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: TlsStream + Unpin,
{
    if let Err(error) = connection.await {
        // While the client is in use, the read detects that the server has closed the connection. A
        // broken pipe only occurs when a dropped client sends its last message to a stopped server.
        // No data is lost then.
        if is_broken_pipe(&error) {
            return;
        }
        let Failure { sqlstate, message } = error.into();
        tracing::warn!(sqlstate, error = message, "database connection lost");
    }
}

fn is_broken_pipe(error: &tokio_postgres::Error) -> bool {
    let io = error.source().and_then(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Checks that a host has the required session attributes. `rows` is its response to `SHOW
/// transaction_read_only`.
fn check_attributes(rows: &[SimpleQueryMessage], wanted: TargetSessionAttrs) -> Result<(), Failure> {
    let is_read_only =
        rows.iter().any(|row| matches!(row, SimpleQueryMessage::Row(row) if row.get(0) == Some("on")));
    match wanted {
        TargetSessionAttrs::ReadWrite if is_read_only => Err(Failure::new("the host does not accept writes")),
        TargetSessionAttrs::ReadOnly if !is_read_only => Err(Failure::new("the host is not read-only")),
        _ => Ok(()),
    }
}
