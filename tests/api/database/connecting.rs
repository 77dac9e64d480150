//! A database that does not answer, or no longer does.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use outturn::db::{Error, Pool, Pools, Settings, Target};

use crate::processes::server::{command, data_dir, ended, failure};
use crate::support::{App, PATIENCE, behind_a_wire};

const STATEMENT_TIMEOUT: Duration = Duration::from_millis(500);

fn pool(target: Target) -> Pool {
    let settings = Settings {
        target,
        size: 1,
        statement_timeout: STATEMENT_TIMEOUT,
        wait: PATIENCE,
        pools: Pools::default(),
    };
    Pool::new(&settings).expect("a pool")
}

/// A host that accepts connections and never answers.
fn black_hole() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, format!("postgres://outturn@127.0.0.1:{port}/outturn"))
}

#[tokio::test]
async fn a_host_that_never_answers_is_given_up_after_the_connect_timeout() {
    let (_listener, url) = black_hole();
    for url in [url.clone(), format!("{url}?sslmode=require")] {
        let connect_timeout = Duration::from_millis(700);
        let target = Target { connect_timeout, ..Target::from(url) };
        let asked = Instant::now();
        let Err(error) = pool(target).get().await else { panic!("nobody answers") };
        assert!(matches!(&error, Error::Away(_)), "{error}");
        assert!(asked.elapsed() >= connect_timeout, "{:?}", asked.elapsed());
    }
}

#[tokio::test]
async fn of_several_hosts_the_first_that_answers_is_used() {
    let app = App::new();
    let (_listener, url) = black_hole();
    let port = url.rsplit_once(':').expect("a port").1.split('/').next().expect("a port").to_owned();
    let socket = app.texts("SELECT current_setting('unix_socket_directories') AS t").await.remove(0);
    let text = format!("host=127.0.0.1,{socket} port={port},5432 user=postgres dbname={}", app.database);
    // A slow machine needs more time for the second host as well.
    let mut connect_timeout = Duration::from_secs(1);
    let mut conn = loop {
        match pool(Target { connect_timeout, ..Target::from(text.clone()) }).get().await {
            Ok(conn) => break conn,
            Err(error) => assert!(connect_timeout < PATIENCE, "{error}"),
        }
        connect_timeout *= 2;
    };
    ask(&mut conn).await.expect("an answer");
}

#[test]
fn a_command_ends_with_a_sentence_when_the_host_never_answers() {
    let ((_listener, url), data) = (black_hole(), data_dir());
    for arguments in [&["migrate"][..], &["serve"]] {
        let mut command = command(data.path(), arguments);
        let said = failure(&ended(command.env("DATABASE_URL", &url).env("OUTTURN_CONNECT_TIMEOUT", "1s")));
        assert!(said.contains("no answer within 1s") && !said.contains("postgres://"), "{said}");
    }
}

async fn ask(conn: &mut AsyncPgConnection) -> QueryResult<usize> {
    diesel::sql_query("SELECT 1").execute(conn).await
}

#[tokio::test]
async fn a_statement_on_a_silent_wire_ends_and_its_connection_is_thrown_away() {
    let app = App::new();
    let socket =
        "SELECT current_setting('unix_socket_directories') || '/.s.PGSQL.' || current_setting('port') AS t";
    let is_silent = Arc::new(AtomicBool::new(false));
    let port = behind_a_wire(app.texts(socket).await.remove(0), is_silent.clone());
    let pool = pool(format!("postgres://postgres@127.0.0.1:{port}/{}", app.database).into());
    let mut conn = pool.get().await.expect("a connection");
    ask(&mut conn).await.expect("an answer");
    // Silence between statements is no fault.
    tokio::time::sleep(Duration::from_millis(200)).await;
    ask(&mut conn).await.expect("an answer");
    is_silent.store(true, Ordering::Relaxed);
    let asked = Instant::now();
    let error = Error::from(ask(&mut conn).await.expect_err("silence"));
    assert!(matches!(&error, Error::Away(_)), "{error}");
    assert!(asked.elapsed() >= STATEMENT_TIMEOUT + Duration::from_secs(5), "{:?}", asked.elapsed());
    drop(conn);
    ask(&mut pool.get().await.expect("another connection")).await.expect("an answer");
}
