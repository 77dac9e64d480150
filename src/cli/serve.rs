//! `outturn serve`.

use std::path::Path;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use futures_util::future::{select_all, try_join_all};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::database::{self, Database, block_on};
use super::descriptors::{self, Connections};
use super::telemetry::Telemetry;
use super::transfer::import_if_empty;
use super::{Failure, installation, keys, listen};
use crate::accounts;
use crate::app::{Description, Shared, Timing};
use crate::config::Config;
use crate::db::{self, Actor};
use crate::webhooks;

/// How long what is on its way to webhooks may take when the server stops.
const LAST_MESSAGES: Duration = Duration::from_secs(20);

/// How often the metrics let go of what need not be kept, and how often the database does.
const UPKEEP: Duration = Duration::from_secs(5);
const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn run(config: &Config, sample: Option<&Path>) -> Result<(), Failure> {
    listen::check(config)?;
    let connections = descriptors::connections(config)?;
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
    installation::record(config)?;
    block_on(keys::check_webhooks(&database, &webhook_key))?;
    let description = Description::compile()?;
    let target = database.target().clone();
    let shared = Shared::new(config, Timing::default(), &description, target, tokens, webhook_key)?;
    let _telemetry = config.otlp_endpoint.as_deref().map(Telemetry::export).transpose()?;
    actix_web::rt::System::new().block_on(serve(config, shared, connections, known))
}

async fn serve(
    config: &Config,
    shared: Shared,
    connections: Connections,
    known: keys::Known,
) -> Result<(), Failure> {
    let (servers, address) = listen::start(config, &shared, connections)?;
    connections.log();
    actix_web::rt::spawn(keep_up(shared.clone(), config.clone(), known));
    actix_web::rt::spawn(forget(shared.database().clone()));
    let actor = Actor::operator(database::operator(), "serve");
    let telling = actix_web::rt::spawn(shared.teller(actor).run(shared.is_stopping()));
    // Before anybody is told that it is ready, it can be told to stop.
    let asked = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
    let handles = servers.iter().map(Server::handle).collect();
    let stopped = stop_when_asked(asked.into_iter().collect::<Result<_, _>>()?, handles, shared);
    println!("outturn is ready at http://{address}/docs/");
    tokio::select! {
        ended = try_join_all(servers) => {
            ended?;
            // What is on its way arrives within fifteen seconds, or is sent again by another server.
            let _ = actix_web::rt::time::timeout(LAST_MESSAGES, telling).await;
        }
        () = stopped => tracing::warn!("stopped at once; requests in hand were not finished"),
    }
    Ok(())
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
async fn stop_when_asked(mut asked: Vec<Signal>, servers: Vec<ServerHandle>, shared: Shared) {
    next_of(&mut asked).await;
    shared.stop();
    for server in servers {
        actix_web::rt::spawn(server.stop(true));
    }
    next_of(&mut asked).await;
}

async fn next_of(signals: &mut [Signal]) {
    select_all(signals.iter_mut().map(|signal| Box::pin(signal.recv()))).await;
}
