//! `outturn serve`.

use std::path::Path;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use futures_util::future::select_all;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::database::{Database, block_on};
use super::transfer::import_if_empty;
use super::{Failure, keys};
use crate::app::{self, Shared};
use crate::config::Config;
use crate::db::{self, Pool};

/// How long a request in hand may take to finish when the server stops.
const LAST_REQUESTS: u64 = 30;

/// How often things are let go of, and how often that is in an hour.
const UPKEEP: Duration = Duration::from_secs(5);
const ROUNDS_AN_HOUR: u64 = 720;

pub(super) fn run(config: &Config, sample: Option<&Path>) -> Result<(), Failure> {
    let database = Database::own(config)?;
    block_on(async {
        database.migrate().await?;
        if let Some(sample) = sample {
            import_if_empty(&database, sample).await?;
        }
        Ok(())
    })?;
    let shared = Shared::new(config, database.url().to_owned(), keys::open(config)?)?;
    actix_web::rt::System::new().block_on(serve(config, shared))
}

async fn serve(config: &Config, shared: Shared) -> Result<(), Failure> {
    let kept = shared.clone();
    let server = HttpServer::new(move || {
        let pool = Pool::new(shared.database()).expect("a pool is made without connecting");
        app::build(&shared, pool)
    })
    .workers(config.workers)
    .shutdown_timeout(LAST_REQUESTS)
    .bind(config.bind)
    .map_err(|error| format!("cannot listen on {}: {error}", config.bind))?;
    let address = server.addrs().first().copied().unwrap_or(config.bind);
    actix_web::rt::spawn(keep_up(kept));
    let server = server.disable_signals().run();
    // Before anybody is told that it is ready, it can be told to stop.
    let asked = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
    let stopped = stop_when_asked(asked.into_iter().collect::<Result<_, _>>()?, server.handle());
    println!("outturn is ready at http://{address}/docs/");
    tokio::select! {
        ended = server => ended?,
        () = stopped => tracing::warn!("stopped at once; requests in hand were not finished"),
    }
    Ok(())
}

/// Now and then lets go of what need not be kept.
async fn keep_up(shared: Shared) {
    let Ok(pool) = Pool::new(&db::Settings { size: 1, ..shared.database().clone() }) else { return };
    for round in 0_u64.. {
        actix_web::rt::time::sleep(UPKEEP).await;
        shared.upkeep();
        if round % ROUNDS_AN_HOUR == 0
            && let Err(error) = forget_answers(&pool).await
        {
            tracing::warn!(%error, "old answers are still kept");
        }
    }
}

async fn forget_answers(pool: &Pool) -> Result<usize, db::Error> {
    db::answers::forget(&mut *pool.get().await?).await
}

/// Asks the server to finish what is in hand when first asked to stop; returns when asked again.
async fn stop_when_asked(mut asked: Vec<Signal>, server: ServerHandle) {
    next_of(&mut asked).await;
    actix_web::rt::spawn(server.stop(true));
    next_of(&mut asked).await;
}

async fn next_of(signals: &mut [Signal]) {
    select_all(signals.iter_mut().map(|signal| Box::pin(signal.recv()))).await;
}
