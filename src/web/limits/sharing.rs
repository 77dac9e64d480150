//! Rate limits that several servers share. Each server counts in memory, and exchanges its counts
//! with the other servers through the database. No request waits for the database. Without the
//! database, each server counts alone.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use diesel_async::AsyncPgConnection;
use tokio::time::sleep;
use uuid::Uuid;

use super::Limits;
use super::exchange::Sent;
use crate::db::{self, Error, rate_limits};

/// Interval between two exchanges. Until the next exchange, each server may allow as many requests
/// as the bucket had left after the last one.
const INTERVAL: Duration = Duration::from_millis(200);

const PURGE_INTERVAL: Duration = Duration::from_secs(60);

/// Exchanges the counts of this server with the other servers until the future is dropped. Ends at
/// once if the limits are not shared.
pub async fn share(limits: &Limits, database: &db::Settings) {
    let Some(changed) = &limits.changed else { return };
    let (mut conn, mut purged_at, mut is_sharing) = (None, Instant::now(), true);
    loop {
        sleep(INTERVAL).await;
        let buckets = changed.begin_exchange();
        let is_purge_due = purged_at.elapsed() >= PURGE_INTERVAL;
        if buckets.is_empty() && !is_purge_due {
            continue;
        }
        if is_purge_due {
            purged_at = Instant::now();
        }
        let result = exchange(&mut conn, database, limits, &buckets, is_purge_due).await;
        if result.is_err() {
            conn = None;
            changed.undo_exchange(buckets);
        }
        match &result {
            Err(error) if is_sharing => tracing::warn!(%error, "rate limits are not shared"),
            Ok(()) if !is_sharing => tracing::info!("rate limits are shared again"),
            _ => {}
        }
        is_sharing = result.is_ok();
    }
}

/// Exchanges the counts of `buckets` in one statement, and sets the levels to those of all servers.
async fn exchange(
    conn: &mut Option<AsyncPgConnection>,
    database: &db::Settings,
    limits: &Limits,
    buckets: &BTreeMap<Uuid, Sent>,
    is_purge_due: bool,
) -> Result<(), Error> {
    let conn = match conn {
        Some(conn) => conn,
        None => conn.insert(db::pool::connect(database.target.clone(), database.statement_timeout).await?),
    };
    let ids: Vec<Uuid> = buckets.keys().copied().collect();
    let taken: Vec<i64> = buckets.values().map(|sent| sent.taken).collect();
    let begin = database.target.begin(database.statement_timeout, "BEGIN READ WRITE");
    let shared = db::within(conn, begin.as_deref(), async |conn| {
        if is_purge_due {
            rate_limits::purge_full(conn).await?;
        }
        rate_limits::exchange(conn, &ids, &taken).await
    })
    .await?;
    let now = limits.now();
    for level in shared {
        let full_in = u64::try_from(level.full_in).unwrap_or_default();
        for (local, _) in buckets.get(&level.bucket).into_iter().flat_map(|sent| &sent.levels) {
            local.end_exchange(full_in, now);
        }
    }
    Ok(())
}
