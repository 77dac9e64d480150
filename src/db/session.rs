//! Database sessions: the database to connect to, and the settings of the session.

use std::sync::OnceLock;
use std::time::Duration;

use diesel::ConnectionError;
use diesel::connection::CacheSize;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as Diesel};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::future::BoxFuture;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::condition::Condition;
use super::{Error, identity, wire};

pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum time for which the database's host may leave sent data unacknowledged.
const ACKNOWLEDGEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// Time by which a statement may exceed its time limit. After this time, the server assumes that
/// the database cannot cancel the statement.
pub const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub struct Target {
    /// The connection string. It contains secrets, so it is never printed.
    pub url: String,
    /// Time limit for connecting, including TLS and authentication.
    pub connect_timeout: Duration,
    /// Whether a transaction pooler is used, which assigns a server connection to each transaction.
    /// Settings then end with each transaction.
    pub is_transaction_pooled: bool,
}

impl From<String> for Target {
    fn from(url: String) -> Self {
        Self { url, connect_timeout: CONNECT_TIMEOUT, is_transaction_pooled: false }
    }
}

impl Target {
    /// Returns the SQL that begins a transaction and applies the settings of the session. Returns
    /// `None` if no transaction pooler is used.
    pub fn begin(&self, statement_timeout: Duration, transaction: &str) -> Option<String> {
        let session = SessionSettings { statement_timeout, is_read_only: false };
        self.is_transaction_pooled.then(|| session.begin(transaction))
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct SessionSettings {
    pub(super) statement_timeout: Duration,
    pub(super) is_read_only: bool,
}

impl SessionSettings {
    fn statements(&self, set: &str) -> String {
        // JIT is off, because the queries for figures have many short steps whose compilation takes
        // longer than their execution.
        let always =
            format!("{set} statement_timeout = {}; {set} jit = off", self.statement_timeout.as_millis());
        // Sessions that write keep the database's default for `default_transaction_read_only`.
        if self.is_read_only { format!("{always}; {set} default_transaction_read_only = on") } else { always }
    }

    /// Returns the SQL that begins a transaction and applies these settings, in one round trip.
    pub(super) fn begin(&self, transaction: &str) -> String {
        format!("{transaction}; {}", self.statements("SET LOCAL"))
    }
}

/// Opens a connection that may write. `statement_timeout` is the time limit of one statement.
pub async fn connect(
    target: impl Into<Target>,
    statement_timeout: Duration,
) -> Result<AsyncPgConnection, Error> {
    let session = SessionSettings { statement_timeout, is_read_only: false };
    Ok(open(target.into(), session, None).await?)
}

/// Opens a connection and applies the settings to the session. With a transaction pooler, other
/// clients would share the session, so each transaction applies the settings with
/// [`SessionSettings::begin`]. Stores in `condition` whether the database accepts writes.
pub(super) fn open(
    target: Target,
    session: SessionSettings,
    condition: Option<Condition>,
) -> BoxFuture<'static, Result<AsyncPgConnection, ConnectionError>> {
    Box::pin(async move {
        let limit = target.connect_timeout;
        match timeout(limit, open_unlimited(target, session, condition)).await {
            Ok(opened) => opened,
            Err(_) => Err(ConnectionError::BadConnection(format!("no answer within {limit:?}"))),
        }
    })
}

async fn open_unlimited(
    target: Target,
    session: SessionSettings,
    condition: Option<Condition>,
) -> Result<AsyncPgConnection, ConnectionError> {
    let mut config: tokio_postgres::Config =
        target.url.parse().map_err(|error: tokio_postgres::Error| failed(error.into()))?;
    config
        .application_name("outturn")
        .keepalives_idle(ACKNOWLEDGEMENT_TIMEOUT)
        .tcp_user_timeout(ACKNOWLEDGEMENT_TIMEOUT);
    let silence = session.statement_timeout.saturating_add(CANCEL_TIMEOUT);
    let limits = wire::Limits { connect: target.connect_timeout, silence };
    let tls = MakeRustlsConnect::new(trusting_known_authorities().clone());
    let client = wire::connect(&config, tls, limits).await.map_err(failed)?;
    if let Some(condition) = condition {
        let rows = client.simple_query(identity::READS_ONLY).await.map_err(|error| failed(error.into()))?;
        condition.set_read_only(identity::reads_only(&rows));
    }
    let settings = if target.is_transaction_pooled {
        // The driver sets the time zone with prepared statements, which must all use the same
        // server connection.
        "BEGIN".to_owned()
    } else {
        session.statements("SET")
    };
    client.batch_execute(&settings).await.map_err(|error| failed(error.into()))?;
    let mut conn = AsyncPgConnection::try_from(client).await?;
    if target.is_transaction_pooled {
        conn.set_prepared_statement_cache_size(CacheSize::Disabled);
        conn.batch_execute("COMMIT").await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    }
    Ok(conn)
}

/// An error of the database whose hint is the SQLSTATE, as the `wire` module changes it.
struct WithState(wire::Failure);

impl DatabaseErrorInformation for WithState {
    fn message(&self) -> &str {
        &self.0.message
    }

    fn hint(&self) -> Option<&str> {
        self.0.sqlstate.as_deref()
    }

    fn details(&self) -> Option<&str> {
        None
    }

    fn table_name(&self) -> Option<&str> {
        None
    }

    fn column_name(&self) -> Option<&str> {
        None
    }

    fn constraint_name(&self) -> Option<&str> {
        None
    }

    fn statement_position(&self) -> Option<i32> {
        None
    }
}

fn failed(failure: wire::Failure) -> ConnectionError {
    if failure.sqlstate.is_none() {
        return ConnectionError::BadConnection(failure.message);
    }
    let error = Diesel::DatabaseError(DatabaseErrorKind::Unknown, Box::new(WithState(failure)));
    ConnectionError::CouldntSetupConfiguration(error)
}

/// Returns a TLS configuration that trusts the system's certificate authorities, or the authorities
/// in SSL_CERT_FILE.
pub fn trusting_known_authorities() -> &'static ClientConfig {
    static CONFIG: OnceLock<ClientConfig> = OnceLock::new();
    CONFIG.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
    })
}
