//! A running server with its own database.

use std::sync::{LazyLock, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use outturn::access::Role;
use outturn::app::{self, CompiledDocument, Shared, Timing};
use outturn::auth::Tokens;
use outturn::auth::token::{Parties, SigningKey};
use outturn::config::Config;
use outturn::db::{Actor, Pool};
use outturn::web::Contracts;
use outturn::web::connection::Watch;
use outturn::webhooks::signing::MasterKey;
use uuid::Uuid;

use super::cluster;
use super::{Caller, MAX_WAIT};

/// The key from which the secrets of webhooks are derived.
pub const WEBHOOK_KEY: [u8; 32] = [7; 32];

fn description() -> &'static CompiledDocument {
    static DESCRIPTION: LazyLock<CompiledDocument> =
        LazyLock::new(|| CompiledDocument::compile().expect("the description compiles"));
    &DESCRIPTION
}

/// The contracts of the API's document.
pub fn contracts() -> &'static Contracts {
    description().contracts()
}

/// A running server with its own database. Dropping it stops the server and drops the database.
pub struct App {
    pub base: String,
    pub database: String,
    /// Whether the database is dropped with this server.
    owns_database: bool,
    /// The private key with which the server signs tokens.
    pub key: Vec<u8>,
    shared: Shared,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// The lifetime of access tokens; longer than any test takes.
const TOKEN_LIFETIME: Duration = Duration::from_secs(6 * 3600);

/// The options of a server.
struct ServerOptions<'s> {
    variables: &'s [(&'s str, &'s str)],
    timing: Timing,
    /// Whether the server delivers webhook events.
    has_webhooks: bool,
}

impl Default for ServerOptions<'_> {
    fn default() -> Self {
        let timing = Timing {
            connection: MAX_WAIT,
            turn: MAX_WAIT,
            last_bodies: 10 * MAX_WAIT,
            dataset: 10 * MAX_WAIT,
            download_window: 10 * MAX_WAIT,
            webhook_response: 10 * MAX_WAIT,
        };
        Self { variables: &[], timing, has_webhooks: false }
    }
}

impl App {
    /// Starts a server with a migrated database without rows.
    pub fn new() -> Self {
        Self::start(cluster::database(false), ServerOptions::default())
    }

    /// Starts a server with the sample in its database.
    pub fn with_sample() -> Self {
        Self::start(cluster::database(true), ServerOptions::default())
    }

    /// Starts a server that is configured by these variables.
    pub fn configured(variables: &[(&str, &str)]) -> Self {
        Self::start(cluster::database(false), ServerOptions { variables, ..ServerOptions::default() })
    }

    /// Starts a server with these variables and this timing.
    pub fn with_timing(variables: &[(&str, &str)], timing: Timing) -> Self {
        Self::start(cluster::database(false), ServerOptions { variables, timing, ..ServerOptions::default() })
    }

    /// Starts a server that delivers webhook events, also to loopback addresses.
    pub fn with_webhooks() -> Self {
        Self::with_webhook_networks("127.0.0.1")
    }

    /// Starts a server that delivers webhook events, also to these internal networks.
    pub fn with_webhook_networks(networks: &str) -> Self {
        let variables = &[("OUTTURN_WEBHOOK_NETWORKS", networks)];
        let options = ServerOptions { variables, has_webhooks: true, ..ServerOptions::default() };
        Self::start(cluster::database(false), options)
    }

    /// Starts a server that delivers webhook events with this response timeout.
    pub fn with_webhook_timeout(response_timeout: Duration) -> Self {
        let variables = &[("OUTTURN_WEBHOOK_NETWORKS", "127.0.0.1")];
        let timing = Timing { webhook_response: response_timeout, ..ServerOptions::default().timing };
        Self::start(cluster::database(false), ServerOptions { variables, timing, has_webhooks: true })
    }

    /// Starts another server with the same database, configured by these variables. It must be
    /// dropped before the first server.
    pub fn beside(&self, variables: &[(&str, &str)]) -> Self {
        let options = ServerOptions { variables, ..ServerOptions::default() };
        let mut app = Self::start_with_key(self.database.clone(), self.key.clone(), options);
        app.owns_database = false;
        app
    }

    /// Starts a server with a database without tables.
    pub fn without_tables() -> Self {
        Self::start(cluster::create_database_without_tables(), ServerOptions::default())
    }

    fn start(database: String, options: ServerOptions<'_>) -> Self {
        Self::start_with_key(database, SigningKey::generate().expect("a key"), options)
    }

    fn start_with_key(database: String, key: Vec<u8>, options: ServerOptions<'_>) -> Self {
        let config = config(options.variables);
        let target = cluster::target(cluster::url(&database));
        let signing = SigningKey::from_pkcs8(&key).expect("a key");
        let tokens = Tokens::new(parties(&config), signing, Vec::new());
        let webhook_key = MasterKey::new(&WEBHOOK_KEY);
        let shared = Shared::new(&config, options.timing, description(), target, tokens, webhook_key);
        let shared = shared.expect("valid application state");
        let (shared_with_test, has_webhooks) = (shared.clone(), options.has_webhooks);
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                if has_webhooks {
                    let actor = Actor::operator("test".into(), "serve");
                    actix_web::rt::spawn(shared.webhook_worker(actor).run(shared.is_stopping()));
                }
                let server = HttpServer::new(move || {
                    app::build(&shared, Pool::new(shared.database()).expect("a pool"))
                })
                .workers(1)
                .on_connect(|connection, data| Watch::attach(connection, data, Duration::from_secs(3600)))
                .client_request_timeout(10 * MAX_WAIT)
                .keep_alive(10 * MAX_WAIT)
                .disable_signals()
                .shutdown_timeout(1)
                .bind("127.0.0.1:0")
                .expect("a free port");
                let address = server.addrs()[0];
                let server = server.run();
                sender.send((address, server.handle())).expect("the test waits for the address");
                server.await.expect("the server stops without an error");
            });
        });
        let (address, handle) = receiver.recv().expect("a server");
        let base = format!("http://{address}");
        let (owns_database, shared) = (true, shared_with_test);
        Self { base, database, owns_database, key, shared, handle, thread: Some(thread) }
    }

    /// Issues and verifies tokens like the server.
    pub fn tokens(&self) -> Tokens {
        let signing = SigningKey::from_pkcs8(&self.key).expect("a key");
        Tokens::new(parties(&config(&[])), signing, Vec::new())
    }

    fn caller(&self, name: &str, role: Role, councils: &[Uuid]) -> Caller {
        let token = self.tokens().mint(name, role, councils, TOKEN_LIFETIME).expect("a token");
        Caller::new(&self.base, Some(token))
    }

    /// An administrator.
    pub fn admin(&self) -> Caller {
        self.caller("ada", Role::Admin, &[])
    }

    /// An officer of the association.
    pub fn officer(&self) -> Caller {
        self.caller("olive", Role::Officer, &[])
    }

    /// A system of these councils.
    pub fn council(&self, councils: &[Uuid]) -> Caller {
        self.caller("council-crm", Role::Council, councils)
    }

    /// A reporting tool.
    pub fn reporter(&self) -> Caller {
        self.caller("power-bi", Role::Reporter, &[])
    }

    /// A caller with this role; the councils apply to the role `council` only.
    pub fn with_role(&self, role: Role, councils: &[Uuid]) -> Caller {
        self.caller(role.as_str(), role, if role == Role::Council { councils } else { &[] })
    }

    /// A caller without a token.
    pub fn anonymous(&self) -> Caller {
        Caller::new(&self.base, None)
    }

    /// A caller with this token.
    pub fn bearer(&self, token: &str) -> Caller {
        Caller::new(&self.base, Some(token.to_owned()))
    }

    /// The connection string of the server's database.
    pub fn url(&self) -> String {
        cluster::url(&self.database)
    }

    /// A connection to the server's database.
    pub async fn connection(&self) -> AsyncPgConnection {
        cluster::connection(&self.database).await
    }

    /// Begins a transaction, runs a statement and returns the connection, which keeps the
    /// statement's locks.
    pub async fn begin_and_execute(&self, sql: &str) -> AsyncPgConnection {
        let mut conn = self.connection().await;
        execute_sql(&mut conn, "BEGIN").await;
        execute_sql(&mut conn, sql).await;
        conn
    }

    /// Runs a statement in the server's database.
    pub async fn sql(&self, sql: &str) {
        execute_sql(&mut self.connection().await, sql).await;
    }

    /// Ends every connection to the database, as a restart of PostgreSQL does.
    pub fn disconnect(&self) {
        cluster::disconnect(&self.database);
    }

    /// Ends every connection to the database and refuses new ones.
    pub fn refuse_connections(&self) {
        cluster::allow_connections(&self.database, false);
        cluster::disconnect(&self.database);
    }

    /// Lets PostgreSQL count the statements of new connections to the server's database.
    pub async fn count_statements(&self) {
        self.sql("CREATE EXTENSION pg_stat_statements").await;
        cluster::execute_as_admin(&format!(
            "ALTER DATABASE {} SET pg_stat_statements.track = 'top'",
            self.database
        ));
    }

    /// Changes a setting of the database for new connections and ends all existing ones.
    pub fn alter_database(&self, change: &str) {
        cluster::execute_as_admin(&format!("ALTER DATABASE {} {change}", self.database));
        cluster::disconnect(&self.database);
    }

    /// Accepts connections to the database again.
    pub fn accept_connections(&self) {
        cluster::allow_connections(&self.database, true);
    }

    /// Signals requests with incomplete bodies that the server stops.
    pub fn signal_stop(&self) {
        self.shared.stop();
    }

    /// The number in the column `n` of a query's result.
    pub async fn number(&self, sql: &str) -> i64 {
        number(&mut self.connection().await, sql).await
    }

    /// Waits until at least this many statements in the server's database wait for a lock.
    pub async fn wait_until_blocked(&self, statements: i64) {
        let sql = "SELECT count(*) AS n FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let mut conn = self.connection().await;
        super::poll_until(async || number(&mut conn, sql).await, |blocked| *blocked >= statements).await;
    }

    /// The texts in the column `t` of a query's result.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Line {
            #[diesel(sql_type = Text)]
            t: String,
        }
        let rows: Vec<Line> = diesel::sql_query(sql).load(&mut self.connection().await).await.expect(sql);
        rows.into_iter().map(|row| row.t).collect()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let handle = self.handle.clone();
        cluster::run(async move { handle.stop(false).await });
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        if self.owns_database {
            cluster::drop_database(&self.database);
        }
    }
}

/// Limits that no test reaches, even on a slow machine. Tests of limits set their own.
const UNLIMITED: [(&str, &str); 7] = [
    ("OUTTURN_RATE_STORE", "memory"),
    ("OUTTURN_RATE_", "1000000/1s"),
    ("OUTTURN_CONCURRENT_", "1000"),
    ("OUTTURN_STATEMENT_TIMEOUT", "20m"),
    ("OUTTURN_CONNECT_TIMEOUT", "2m"),
    ("OUTTURN_BODY_TIMEOUT", "20m"),
    ("OUTTURN_REFRESH_REUSE_SECONDS", "60"),
];

fn config(variables: &[(&str, &str)]) -> Config {
    let find = |name: &str| {
        let value = variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| *value);
        let unlimited =
            UNLIMITED.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, value)| *value);
        let value = value.or(unlimited).map(str::to_owned);
        let is_dir = ["OUTTURN_DATA_DIR", "OUTTURN_SPOOL_DIR"].contains(&name);
        value.or_else(|| is_dir.then(|| std::env::temp_dir().display().to_string()))
    };
    Config::from_vars(&find).expect("a configuration")
}

fn parties(config: &Config) -> Parties {
    Parties { issuer: config.issuer.clone(), audience: config.audience.clone() }
}

/// The value of a metric in the Prometheus text. A counter that was never incremented has no line
/// and counts as zero.
pub fn metric(text: &str, name: &str) -> f64 {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0.0, |value| value.parse().expect("a number"))
}

async fn number(conn: &mut AsyncPgConnection, sql: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let row: Number = diesel::sql_query(sql).get_result(conn).await.expect(sql);
    row.n
}

/// Runs a statement on a connection.
pub async fn execute_sql(conn: &mut AsyncPgConnection, sql: &str) {
    diesel::sql_query(sql).execute(conn).await.expect(sql);
}
