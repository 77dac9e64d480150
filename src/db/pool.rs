//! Connections: one small pool per server thread, recycled without a round trip.

use std::error::Error as _;
use std::sync::OnceLock;
use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool as Deadpool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use futures_util::FutureExt;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::NoTls;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::transaction::write_as;
use super::{Actor, Error, Pools};

/// So many requests may wait for each connection; who came after them would not be served in time.
const WAITING_FOR_EACH: usize = 32;

/// A connection on loan from the pool.
pub type Connection = Object<AsyncPgConnection>;

/// How to reach the database and how many connections a pool may hold.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The connection string, secret parts included: never printed.
    pub url: String,
    /// Connections per pool.
    pub size: usize,
    /// How long one statement may run.
    pub statement_timeout: Duration,
    /// How long to wait for a connection.
    pub wait: Duration,
    /// Where the pools are counted.
    pub pools: Pools,
}

/// A thread's pool of connections.
#[derive(Clone)]
pub struct Pool(Deadpool<AsyncPgConnection>);

impl Pool {
    /// A pool that connects when it is first asked to.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let timeout = settings.statement_timeout;
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new(move |url| open(url.to_owned(), timeout, READING).boxed());
        let manager = AsyncDieselConnectionManager::new_with_config(&settings.url, config);
        let pool = Deadpool::builder(manager)
            .max_size(settings.size)
            .wait_timeout(Some(settings.wait))
            .create_timeout(Some(settings.wait))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| Error::Internal(error.to_string()))?;
        settings.pools.add(&pool);
        Ok(Self(pool))
    }

    /// A connection; waits a bounded time for one, in a bounded queue.
    pub async fn get(&self) -> Result<Connection, Error> {
        let status = self.0.status();
        if status.waiting >= status.max_size * WAITING_FOR_EACH {
            metrics::counter!("db_requests_shed_total").increment(1);
            return Err(Error::Busy);
        }
        Ok(self.0.get().await?)
    }

    /// Runs work in a transaction that may write, on record as the actor's. Any other use of a connection only reads.
    pub async fn write<T>(
        &self,
        actor: &Actor,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        write_as(&mut *self.get().await?, actor, work).await
    }
}

/// How long the database's host may be silent where something was sent to it.
const UNHEARD: Duration = Duration::from_secs(30);

/// Transactions that do not say otherwise only read.
const READING: &str = " -c default_transaction_read_only=on";

/// Connects, and asks the server to give up on statements that run too long.
pub async fn connect(url: String, statement_timeout: Duration) -> Result<AsyncPgConnection, ConnectionError> {
    open(url, statement_timeout, "").await
}

async fn open(
    url: String,
    statement_timeout: Duration,
    manner: &str,
) -> Result<AsyncPgConnection, ConnectionError> {
    let bad = |error: tokio_postgres::Error| {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        ConnectionError::BadConnection(format!("{error}{cause}"))
    };
    let mut config: tokio_postgres::Config = url.parse().map_err(bad)?;
    // Figures are many short steps, which take longer to compile than to run.
    let options = format!("-c statement_timeout={} -c jit=off{manner}", statement_timeout.as_millis());
    config.options(match config.get_options() {
        Some(given) => format!("{given} {options}"),
        None => options,
    });
    config.application_name("outturn");
    // A host that is gone without a word is noticed while it is waited for.
    config.keepalives_idle(UNHEARD).tcp_user_timeout(UNHEARD);
    if config.get_ssl_mode() == SslMode::Require {
        let tls = MakeRustlsConnect::new(trusting_known_authorities().clone());
        let (client, connection) = config.connect(tls).await.map_err(bad)?;
        return AsyncPgConnection::try_from_client_and_connection(client, connection).await;
    }
    let (client, connection) = config.connect(NoTls).await.map_err(bad)?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

/// TLS that knows a server by a certificate of one of the system's authorities, or of those in SSL_CERT_FILE.
pub fn trusting_known_authorities() -> &'static ClientConfig {
    static CONFIG: OnceLock<ClientConfig> = OnceLock::new();
    CONFIG.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
    })
}
