//! The command `outturn serve`.

use std::path::Path;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use futures_util::future::{select_all, try_join_all};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::database::{self, Database, block_on};
use super::descriptors::{self, Connections};
use super::error::CommandError;
use super::trace_export::TraceExport;
use super::transfer::import_if_empty;
use super::{installation, keys, listen, log};
use crate::accounts;
use crate::app::{CompiledDocument, Shared, Timing};
use crate::config::Config;
use crate::db::{self, Actor};
use crate::webhooks;

/// Time in which webhook deliveries in progress must finish when the server stops.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(20);

/// Interval at which the server updates its metrics and signing keys.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);
const PURGE_INTERVAL: Duration = Duration::from_secs(3600);

pub(super) fn run(config: &Config, sample: Option<&Path>) -> Result<(), CommandError> {
    listen::check(config)?;
    let connections = descriptors::connections(config)?;
    let database = Database::open_own(config)?;
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
    let description = CompiledDocument::compile()?;
    let target = database.target().clone();
    let shared = Shared::new(config, Timing::default(), &description, target, tokens, webhook_key)?;
    let _telemetry = config.otlp_endpoint.as_deref().map(TraceExport::export).transpose()?;
    actix_web::rt::System::new().block_on(serve(config, shared, connections, known))
}

async fn serve(
    config: &Config,
    shared: Shared,
    connections: Connections,
    known: keys::Known,
) -> Result<(), CommandError> {
    let (servers, address) = listen::start(config, &shared, connections)?;
    connections.log();
    actix_web::rt::spawn(maintenance_loop(shared.clone(), config.clone(), known));
    actix_web::rt::spawn(purge_expired_loop(shared.database().clone()));
    let actor = Actor::operator(database::operator(), "serve");
    let sharing = shared.clone();
    actix_web::rt::spawn(async move { sharing.share_limits().await });
    if let Some(standby) = shared.database().standby.clone() {
        actix_web::rt::spawn(standby.watch(shared.database().target.clone()));
    }
    let deliveries = actix_web::rt::spawn(shared.webhook_worker(actor).run(shared.is_stopping()));
    // The signal handlers are installed before the server reports that it is ready.
    let signals = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
    let handles = servers.iter().map(Server::handle).collect();
    let stopped = stop_on_signal(signals.into_iter().collect::<Result<_, _>>()?, handles, shared);
    println!("outturn is ready at http://{address}/docs/");
    tokio::select! {
        ended = try_join_all(servers) => {
            ended?;
            // A delivery attempt in progress ends within fifteen seconds. Otherwise another server
            // sends the message again.
            let _ = actix_web::rt::time::timeout(DELIVERY_TIMEOUT, deliveries).await;
        }
        () = stopped => tracing::warn!("server stopped at once and aborted requests"),
    }
    Ok(())
}

async fn maintenance_loop(shared: Shared, config: Config, mut known: keys::Known) {
    loop {
        actix_web::rt::time::sleep(UPKEEP_INTERVAL).await;
        shared.upkeep();
        log::record_dropped();
        if let Err(error) = keys::renew(&config, &mut known, shared.tokens()) {
            tracing::warn!(%error, "signing keys cannot be reloaded");
        }
    }
}

/// Deletes expired rows every hour. They are stored responses, sessions, client assertions and
/// webhook events. Each deletion opens a separate connection.
async fn purge_expired_loop(database: db::Settings) {
    loop {
        actix_web::rt::time::sleep(UPKEEP_INTERVAL).await;
        if let Err(error) = purge_expired(&database).await {
            tracing::warn!(%error, "purge of expired database rows failed");
        }
        actix_web::rt::time::sleep(PURGE_INTERVAL).await;
    }
}

async fn purge_expired(database: &db::Settings) -> Result<(), CommandError> {
    let mut conn = db::pool::connect(database.target.clone(), database.statement_timeout).await?;
    let begin = database.target.begin(database.statement_timeout, "BEGIN READ WRITE");
    db::within(&mut conn, begin.as_deref(), async |conn| {
        Actor::operator(database::operator(), "serve").acts(conn).await?;
        db::idempotency_store::purge_expired(conn).await?;
        accounts::sessions::queries::purge_expired(conn).await?;
        accounts::queries::purge_assertions(conn).await?;
        webhooks::deliveries::queries::purge_expired(conn).await?;
        Ok(())
    })
    .await
}

/// Stops the server gracefully at the first signal. Returns at the second signal.
async fn stop_on_signal(mut signals: Vec<Signal>, servers: Vec<ServerHandle>, shared: Shared) {
    next_signal(&mut signals).await;
    shared.stop();
    for server in servers {
        actix_web::rt::spawn(server.stop(true));
    }
    next_signal(&mut signals).await;
}

async fn next_signal(signals: &mut [Signal]) {
    select_all(signals.iter_mut().map(|signal| Box::pin(signal.recv()))).await;
}
