//! A server with a database of its own.

use std::sync::{LazyLock, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use outturn::app::{self, Description, Shared, Timing};
use outturn::auth::Tokens;
use outturn::auth::token::{Parties, SigningKey};
use outturn::config::Config;
use outturn::db::{Actor, Pool};
use outturn::policy::Role;
use outturn::web::Contracts;
use outturn::web::connection::Watch;
use outturn::webhooks::signing::MasterKey;
use uuid::Uuid;

use super::cluster;
use super::{PATIENCE, Person};

/// What the webhooks' secrets are derived from.
pub const WEBHOOK_KEY: [u8; 32] = [7; 32];

fn description() -> &'static Description {
    static DESCRIPTION: LazyLock<Description> =
        LazyLock::new(|| Description::compile().expect("a description"));
    &DESCRIPTION
}

/// The contracts of the API's document.
pub fn contracts() -> &'static Contracts {
    description().contracts()
}

/// A running server over a database of its own; dropping it stops the one and drops the other.
pub struct App {
    pub base: String,
    pub database: String,
    /// The private key that signs its tokens.
    pub key: Vec<u8>,
    shared: Shared,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// How long the tokens of a test count: longer than any test takes.
const TOKEN_LIFETIME: Duration = Duration::from_secs(6 * 3600);

/// How a server is started.
struct Start<'s> {
    variables: &'s [(&'s str, &'s str)],
    timing: Timing,
    /// Whether webhooks are sent what happens.
    is_telling: bool,
}

impl Default for Start<'_> {
    fn default() -> Self {
        let timing = Timing {
            connection: PATIENCE,
            turn: PATIENCE,
            last_bodies: 10 * PATIENCE,
            dataset: 10 * PATIENCE,
            download_window: 10 * PATIENCE,
            webhook_response: 10 * PATIENCE,
        };
        Self { variables: &[], timing, is_telling: false }
    }
}

impl App {
    /// A server over an empty database.
    pub fn new() -> Self {
        Self::over(cluster::database(false), Start::default())
    }

    /// A server over a database with the sample.
    pub fn with_sample() -> Self {
        Self::over(cluster::database(true), Start::default())
    }

    /// A server over an empty database, configured by these variables.
    pub fn configured(variables: &[(&str, &str)]) -> Self {
        Self::over(cluster::database(false), Start { variables, ..Start::default() })
    }

    /// The same, with this timing.
    pub fn timed(variables: &[(&str, &str)], timing: Timing) -> Self {
        Self::over(cluster::database(false), Start { variables, timing, ..Start::default() })
    }

    /// A server over an empty database, beside which webhooks are told what happens, on this machine too.
    pub fn telling() -> Self {
        Self::telling_in("127.0.0.1")
    }

    /// The same, with webhooks that reach these inner networks.
    pub fn telling_in(networks: &str) -> Self {
        let variables = &[("OUTTURN_WEBHOOK_NETWORKS", networks)];
        let start = Start { variables, is_telling: true, ..Start::default() };
        Self::over(cluster::database(false), start)
    }

    /// The same, which waits for the answers of receivers for so long.
    pub fn telling_within(longest_answer: Duration) -> Self {
        let variables = &[("OUTTURN_WEBHOOK_NETWORKS", "127.0.0.1")];
        let timing = Timing { webhook_response: longest_answer, ..Start::default().timing };
        Self::over(cluster::database(false), Start { variables, timing, is_telling: true })
    }

    /// A server over a database without any table.
    pub fn bare() -> Self {
        Self::over(cluster::bare_database(), Start::default())
    }

    fn over(database: String, start: Start<'_>) -> Self {
        let key = SigningKey::generate().expect("a key");
        let config = config(start.variables);
        let target = cluster::target(cluster::url(&database));
        let signing = SigningKey::from_pkcs8(&key).expect("a key");
        let tokens = Tokens::new(parties(&config), signing, Vec::new());
        let webhook_key = MasterKey::new(&WEBHOOK_KEY);
        let shared = Shared::new(&config, start.timing, description(), target, tokens, webhook_key);
        let shared = shared.expect("an application");
        let (kept, is_telling) = (shared.clone(), start.is_telling);
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                if is_telling {
                    let actor = Actor::operator("test".into(), "serve");
                    actix_web::rt::spawn(shared.webhook_worker(actor).run(shared.is_stopping()));
                }
                let server = HttpServer::new(move || {
                    app::build(&shared, Pool::new(shared.database()).expect("a pool"))
                })
                .workers(1)
                .on_connect(|connection, data| Watch::attach(connection, data, Duration::from_secs(3600)))
                .client_request_timeout(10 * PATIENCE)
                .keep_alive(10 * PATIENCE)
                .disable_signals()
                .shutdown_timeout(1)
                .bind("127.0.0.1:0")
                .expect("a free port");
                let address = server.addrs()[0];
                let server = server.run();
                sender.send((address, server.handle())).expect("the test waits");
                server.await.expect("a server that ends well");
            });
        });
        let (address, handle) = receiver.recv().expect("a server");
        let base = format!("http://{address}");
        Self { base, database, key, shared: kept, handle, thread: Some(thread) }
    }

    /// The tokens this server accepts.
    pub fn tokens(&self) -> Tokens {
        let signing = SigningKey::from_pkcs8(&self.key).expect("a key");
        Tokens::new(parties(&config(&[])), signing, Vec::new())
    }

    fn person(&self, name: &str, role: Role, councils: &[Uuid]) -> Person {
        let token = self.tokens().mint(name, role, councils, TOKEN_LIFETIME).expect("a token");
        Person::new(&self.base, Some(token))
    }

    /// Somebody who may do everything.
    pub fn admin(&self) -> Person {
        self.person("ada", Role::Admin, &[])
    }

    /// Somebody of the association's staff.
    pub fn officer(&self) -> Person {
        self.person("olive", Role::Officer, &[])
    }

    /// A council's system.
    pub fn council(&self, councils: &[Uuid]) -> Person {
        self.person("council-crm", Role::Council, councils)
    }

    /// A reporting tool.
    pub fn reporter(&self) -> Person {
        self.person("power-bi", Role::Reporter, &[])
    }

    /// Somebody of this role; councils count for councils alone.
    pub fn of_role(&self, role: Role, councils: &[Uuid]) -> Person {
        self.person(role.as_str(), role, if role == Role::Council { councils } else { &[] })
    }

    /// Somebody without a token.
    pub fn stranger(&self) -> Person {
        Person::new(&self.base, None)
    }

    /// Somebody with this token.
    pub fn bearer(&self, token: &str) -> Person {
        Person::new(&self.base, Some(token.to_owned()))
    }

    /// The connection string of the server's database.
    pub fn url(&self) -> String {
        cluster::url(&self.database)
    }

    /// A connection to the server's database.
    pub async fn connection(&self) -> AsyncPgConnection {
        cluster::connection(&self.database).await
    }

    /// A connection within a transaction that has run this statement, and so keeps its locks until the transaction ends.
    pub async fn holding(&self, sql: &str) -> AsyncPgConnection {
        let mut conn = self.connection().await;
        run_alone(&mut conn, "BEGIN").await;
        run_alone(&mut conn, sql).await;
        conn
    }

    /// Runs a statement in the server's database.
    pub async fn sql(&self, sql: &str) {
        run_alone(&mut self.connection().await, sql).await;
    }

    /// Ends every connection to the database, as a restart of PostgreSQL does.
    pub fn disconnect(&self) {
        cluster::disconnect(&self.database);
    }

    /// Ends every connection to the database and takes no new one.
    pub fn shut_out(&self) {
        cluster::allow_connections(&self.database, false);
        cluster::disconnect(&self.database);
    }

    /// Changes a setting of the database for connections that are made from now on, and ends all others.
    pub fn alter_database(&self, change: &str) {
        cluster::administer(&format!("ALTER DATABASE {} {change}", self.database));
        cluster::disconnect(&self.database);
    }

    /// Takes connections again.
    pub fn let_in(&self) {
        cluster::allow_connections(&self.database, true);
    }

    /// Tells requests whose bodies are on their way that the server is to stop, as a signal does.
    pub fn announce_stop(&self) {
        self.shared.stop();
    }

    /// The number that a statement finds in the column `n`.
    pub async fn number(&self, sql: &str) -> i64 {
        number(&mut self.connection().await, sql).await
    }

    /// Waits until so many statements, or more, wait for a lock in the server's database.
    pub async fn until_blocked(&self, statements: i64) {
        let sql = "SELECT count(*) AS n FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let mut conn = self.connection().await;
        super::until(async || number(&mut conn, sql).await, |blocked| *blocked >= statements).await;
    }

    /// The texts that a statement finds in the column `t`.
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
        cluster::drop_database(&self.database);
    }
}

/// A test asks faster than any client, and its machine may be slow; a test that is about limits sets its own.
const UNLIMITED: [(&str, &str); 6] = [
    ("OUTTURN_RATE_", "1000000/1s"),
    ("OUTTURN_CONCURRENT_", "1000"),
    ("OUTTURN_STATEMENT_TIMEOUT", "20m"),
    ("OUTTURN_CONNECT_TIMEOUT", "2m"),
    ("OUTTURN_BODY_TIMEOUT", "20m"),
    ("OUTTURN_REFRESH_REUSE_SECONDS", "60"),
];

fn config(variables: &[(&str, &str)]) -> Config {
    let find = |name: &str| {
        let given = variables.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let unlimited =
            UNLIMITED.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, value)| *value);
        let given = given.or(unlimited).map(str::to_owned);
        let is_dir = ["OUTTURN_DATA_DIR", "OUTTURN_SPOOL_DIR"].contains(&name);
        given.or_else(|| is_dir.then(|| std::env::temp_dir().display().to_string()))
    };
    Config::from_vars(&find).expect("a configuration")
}

fn parties(config: &Config) -> Parties {
    Parties { issuer: config.issuer.clone(), audience: config.audience.clone() }
}

/// The value of a line of the metrics; zero for a counter that was not incremented yet, which has no line.
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

/// Runs a statement on a connection that the test holds.
pub async fn run_alone(conn: &mut AsyncPgConnection, sql: &str) {
    diesel::sql_query(sql).execute(conn).await.expect(sql);
}
