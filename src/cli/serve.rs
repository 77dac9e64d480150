//! `outturn serve`.

use std::path::Path;
use std::time::Duration;

use actix_web::HttpServer;

use super::database::{Database, block_on};
use super::transfer::import_if_empty;
use super::{Failure, keys};
use crate::app::{self, Shared};
use crate::config::Config;
use crate::db::Pool;

/// How long a request in hand may take to finish when the server stops.
const LAST_REQUESTS: u64 = 30;

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
    actix_web::rt::spawn(async move {
        loop {
            actix_web::rt::time::sleep(Duration::from_secs(5)).await;
            kept.upkeep();
        }
    });
    let server = server.run();
    println!("outturn is ready at http://{address}/docs/");
    server.await?;
    Ok(())
}
