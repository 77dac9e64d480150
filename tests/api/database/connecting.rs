//! Timeouts of connections and statements when the database does not answer.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use outturn::db::{Error, Pool, Pools, Settings, Target};

use crate::processes::server::{command, data_dir, ended, failure};
use crate::support::{App, MAX_WAIT, start_stalling_proxy};

const STATEMENT_TIMEOUT: Duration = Duration::from_millis(500);

fn pool(target: Target) -> Pool {
    let settings = Settings {
        target,
        size: 1,
        statement_timeout: STATEMENT_TIMEOUT,
        wait: MAX_WAIT,
        pools: Pools::default(),
        standby: None,
    };
    Pool::new(&settings).expect("a pool")
}

/// A host that accepts connections and never answers.
fn silent_host() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, format!("postgres://outturn@127.0.0.1:{port}/outturn"))
}

#[tokio::test]
async fn connecting_to_a_silent_host_fails_after_the_connect_timeout() {
    let (_listener, url) = silent_host();
    for url in [url.clone(), format!("{url}?sslmode=require")] {
        let connect_timeout = Duration::from_millis(700);
        let target = Target { connect_timeout, ..Target::from(url) };
        let started = Instant::now();
        let Err(error) = pool(target).get().await else { panic!("expected a connect timeout") };
        assert!(matches!(&error, Error::Unavailable(_)), "{error}");
        assert!(started.elapsed() >= connect_timeout, "{:?}", started.elapsed());
    }
}

#[tokio::test]
async fn the_first_of_several_hosts_that_answers_is_used() {
    let app = App::new();
    let (_listener, url) = silent_host();
    let port = url.rsplit_once(':').expect("a port").1.split('/').next().expect("a port").to_owned();
    let socket = app.texts("SELECT current_setting('unix_socket_directories') AS t").await.remove(0);
    let text = format!("host=127.0.0.1,{socket} port={port},5432 user=postgres dbname={}", app.database);
    // A slow machine needs a longer timeout to connect to the second host.
    let mut connect_timeout = Duration::from_secs(1);
    let mut conn = loop {
        match pool(Target { connect_timeout, ..Target::from(text.clone()) }).get().await {
            Ok(conn) => break conn,
            Err(error) => assert!(connect_timeout < MAX_WAIT, "{error}"),
        }
        connect_timeout *= 2;
    };
    select_one(&mut conn).await.expect("a response");
}

#[test]
fn a_command_reports_a_connect_timeout_without_the_database_url() {
    let ((_listener, url), data) = (silent_host(), data_dir());
    for arguments in [&["migrate"][..], &["serve"]] {
        let mut command = command(data.path(), arguments);
        let error_text =
            failure(&ended(command.env("DATABASE_URL", &url).env("OUTTURN_CONNECT_TIMEOUT", "1s")));
        assert!(
            error_text.contains("no answer within 1s") && !error_text.contains("postgres://"),
            "{error_text}"
        );
    }
}

async fn select_one(conn: &mut AsyncPgConnection) -> QueryResult<usize> {
    diesel::sql_query("SELECT 1").execute(conn).await
}

#[tokio::test]
async fn a_statement_on_a_silent_connection_times_out_and_drops_the_connection() {
    let app = App::new();
    let socket =
        "SELECT current_setting('unix_socket_directories') || '/.s.PGSQL.' || current_setting('port') AS t";
    let is_silent = Arc::new(AtomicBool::new(false));
    let port = start_stalling_proxy(app.texts(socket).await.remove(0), is_silent.clone());
    let pool = pool(format!("postgres://postgres@127.0.0.1:{port}/{}", app.database).into());
    let mut conn = pool.get().await.expect("a connection");
    select_one(&mut conn).await.expect("a response");
    // A connection may be idle between statements for any time.
    tokio::time::sleep(Duration::from_millis(200)).await;
    select_one(&mut conn).await.expect("a response");
    is_silent.store(true, Ordering::Relaxed);
    let started = Instant::now();
    let error = Error::from(select_one(&mut conn).await.expect_err("a timeout"));
    assert!(matches!(&error, Error::Unavailable(_)), "{error}");
    assert!(started.elapsed() >= STATEMENT_TIMEOUT + Duration::from_secs(5), "{:?}", started.elapsed());
    drop(conn);
    select_one(&mut pool.get().await.expect("another connection")).await.expect("a response");
}
