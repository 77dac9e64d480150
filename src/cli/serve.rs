//! `outturn serve`.

use std::any::Any;
use std::path::Path;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use actix_web::rt::net::TcpStream;
use futures_util::future::select_all;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::TcpUserTimeout;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::database::{self, Database, block_on};
use super::telemetry::Telemetry;
use super::transfer::import_if_empty;
use super::{Failure, keys};
use crate::accounts;
use crate::app::{self, Shared};
use crate::config::Config;
use crate::db::{self, Actor, Pool};
use crate::webhooks;

/// How long a request in hand may take to finish when the server stops.
const LAST_REQUESTS: u64 = 30;

/// How long what is on its way to webhooks may take when the server stops.
const LAST_MESSAGES: Duration = Duration::from_secs(20);

/// How long a request's head may take, and how long a connection may stand idle between two requests.
const LONGEST_HEAD: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often the metrics let go of what need not be kept, and how often the database does.
const UPKEEP: Duration = Duration::from_secs(5);
const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn run(config: &Config, sample: Option<&Path>) -> Result<(), Failure> {
    let database = Database::own(config)?;
    block_on(async {
        database.migrate().await?;
        if let Some(sample) = sample {
            import_if_empty(&database, sample).await?;
        }
        Ok(())
    })?;
    let mut known = keys::Known::default();
    let (tokens, webhook_key) = (keys::open(config, &mut known)?, keys::webhooks(config)?);
    block_on(keys::check_webhooks(&database, &webhook_key))?;
    let shared = Shared::new(config, database.target().clone(), tokens, webhook_key)?;
    let _telemetry = config.otlp_endpoint.as_deref().map(Telemetry::export).transpose()?;
    actix_web::rt::System::new().block_on(serve(config, shared, known))
}

async fn serve(config: &Config, shared: Shared, known: keys::Known) -> Result<(), Failure> {
    let (kept, database) = (shared.clone(), shared.database().clone());
    let patience = config.body_timeout;
    let server = HttpServer::new(move || {
        let pool = Pool::new(shared.database()).expect("a pool is made without connecting");
        app::build(&shared, pool)
    })
    .workers(config.workers)
    .client_request_timeout(LONGEST_HEAD)
    .keep_alive(LONGEST_PAUSE)
    .shutdown_timeout(LAST_REQUESTS)
    .on_connect(move |connection, _| give_up_on_whoever_reads_nothing(connection, patience))
    .bind(config.bind)
    .map_err(|error| format!("cannot listen on {}: {error}", config.bind))?;
    let address = server.addrs().first().copied().unwrap_or(config.bind);
    actix_web::rt::spawn(keep_up(kept.clone(), config.clone(), known));
    actix_web::rt::spawn(forget(database));
    let actor = Actor::operator(database::operator(), "serve");
    let telling = actix_web::rt::spawn(kept.teller(actor).run(kept.is_stopping()));
    let server = server.disable_signals().run();
    // Before anybody is told that it is ready, it can be told to stop.
    let asked = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
    let stopped = stop_when_asked(asked.into_iter().collect::<Result<_, _>>()?, server.handle(), kept);
    println!("outturn is ready at http://{address}/docs/");
    tokio::select! {
        ended = server => {
            ended?;
            // What is on its way arrives within fifteen seconds, or is sent again by another server.
            let _ = actix_web::rt::time::timeout(LAST_MESSAGES, telling).await;
        }
        () = stopped => tracing::warn!("stopped at once; requests in hand were not finished"),
    }
    Ok(())
}

/// An answer that a client does not take is not kept for it without end: the system closes the connection.
fn give_up_on_whoever_reads_nothing(connection: &dyn Any, patience: Duration) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
    let milliseconds = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = setsockopt(stream, TcpUserTimeout, &milliseconds) {
        tracing::warn!(%error, "a client that reads nothing is waited for");
    }
}

async fn keep_up(shared: Shared, config: Config, mut known: keys::Known) {
    loop {
        actix_web::rt::time::sleep(UPKEEP).await;
        shared.upkeep();
        if let Err(error) = keys::renew(&config, &mut known, shared.tokens()) {
            tracing::warn!(%error, "the keys stay as they were");
        }
    }
}

/// Forgets what has had its time: answers kept for retries, sessions, assertions, events. On a connection that stands only while it is needed.
async fn forget(database: db::Settings) {
    loop {
        actix_web::rt::time::sleep(UPKEEP).await;
        if let Err(error) = forget_once(&database).await {
            tracing::warn!(%error, "what has had its time is still kept");
        }
        actix_web::rt::time::sleep(HOUR).await;
    }
}

async fn forget_once(database: &db::Settings) -> Result<(), Failure> {
    let mut conn = db::pool::connect(database.target.clone(), database.statement_timeout).await?;
    let begin = database.target.begin(database.statement_timeout, "BEGIN READ WRITE");
    db::within(&mut conn, begin.as_deref(), async |conn| {
        Actor::operator(database::operator(), "serve").acts(conn).await?;
        db::answers::forget(conn).await?;
        accounts::sessions::queries::forget(conn).await?;
        accounts::queries::forget_assertions(conn).await?;
        webhooks::deliveries::queries::forget(conn).await?;
        Ok(())
    })
    .await
}

/// Asks the server to finish what is in hand when first asked to stop; returns when asked again.
async fn stop_when_asked(mut asked: Vec<Signal>, server: ServerHandle, shared: Shared) {
    next_of(&mut asked).await;
    shared.stop();
    actix_web::rt::spawn(server.stop(true));
    next_of(&mut asked).await;
}

async fn next_of(signals: &mut [Signal]) {
    select_all(signals.iter_mut().map(|signal| Box::pin(signal.recv()))).await;
}
