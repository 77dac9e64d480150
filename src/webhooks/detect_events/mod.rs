//! Derives webhook events from the change log, in rounds. A round processes the transactions that
//! ended after the previous round. If a transaction changed figures, or a new day has begun, the
//! round derives the figures of all targets. It does so only while a webhook is subscribed to events
//! of targets. One database transaction writes the events, the
//! deliveries and the progress. Each event is therefore created exactly once, even if a server
//! fails during a round.

mod queries;
mod target_events;

use diesel_async::AsyncPgConnection;

use self::queries::Progress;
use crate::db::{self, Error};
use crate::metrics::{self, FactLoader, overdue};
use crate::values::Day;
use crate::webhooks::deliveries;
use crate::webhooks::event_types::{Event, EventOccurrence};

/// Runs a round of event detection for today, by the database's clock. Does nothing if another
/// server is running a round.
pub async fn round_today(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    let progress = queries::load_progress(conn).await?;
    let today = progress.at.day();
    round_after(conn, progress, today).await
}

/// Runs a round of event detection for the day `today`.
pub async fn round(conn: &mut AsyncPgConnection, today: Day) -> Result<(), Error> {
    let progress = queries::load_progress(conn).await?;
    round_after(conn, progress, today).await
}

async fn round_after(conn: &mut AsyncPgConnection, progress: Progress, today: Day) -> Result<(), Error> {
    if progress.compared_on == Some(today) && !queries::has_news(conn, &progress).await? {
        return Ok(());
    }
    match db::in_written_snapshot(conn, async |conn| create_events(conn, today).await).await {
        // A concurrent transaction changed the same rows, or another server ran the round. The next
        // round processes the remaining transactions.
        Err(Error::Contended) => Ok(()),
        done => done,
    }
}

async fn create_events(conn: &mut AsyncPgConnection, today: Day) -> Result<(), Error> {
    let Some(progress) = queries::lock_progress(conn).await? else { return Ok(()) };
    let round = queries::next_round(conn, &progress).await?;
    let mut occurrences = queries::list_logged_events(conn, &round).await?;
    let is_another_day = progress.compared_on != Some(today);
    if !queries::has_target_subscriber(conn).await? {
        queries::delete_snapshots(conn).await?;
    } else if is_another_day || queries::figures_changed(conn, &round).await? {
        let events = detect_target_events(conn, today).await?;
        occurrences.extend(events.into_iter().map(|event| EventOccurrence {
            event,
            at: progress.at,
            transaction: None,
        }));
    }
    deliveries::queries::create_events(conn, &occurrences).await?;
    queries::advance(conn, &round, today).await
}

/// Stores the state of all targets, if a webhook is subscribed to events of targets and no state is
/// stored. The next rounds compare with this state. Must be called in the transaction that creates
/// or changes the webhook, so that the webhook gets an event for each later change.
pub async fn store_first_snapshots(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    if !queries::has_target_subscriber(conn).await? {
        return Ok(());
    }
    // A round of another transaction could delete the snapshots. It fails after this write.
    let today = queries::touch_progress(conn).await?.at.day();
    if !queries::has_snapshots(conn).await? {
        detect_target_events(conn, today).await?;
    }
    Ok(())
}

/// Derives the figures of all targets. Returns an event for each difference from the figures that
/// were last reported.
async fn detect_target_events(conn: &mut AsyncPgConnection, today: Day) -> Result<Vec<Event>, Error> {
    let requested: Vec<_> =
        queries::list_active_frameworks(conn, today).await?.into_iter().map(|id| (id, today.0)).collect();
    let derived = metrics::derive_metrics_on(&mut FactLoader::new(conn), requested).await?;
    let overdue = overdue::overdue(&derived, today.0);
    let (events, changed) =
        target_events::compare(&queries::load_snapshots(conn).await?, &derived.metrics, overdue, today);
    queries::store_snapshots(conn, &changed).await?;
    Ok(events)
}
