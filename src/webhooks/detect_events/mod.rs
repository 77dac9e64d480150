//! Derives events from the change log. A round processes the transactions that have ended since the
//! previous round. It derives the figures if one of these transactions changed them or a new day
//! has begun. Events, deliveries and the progress are written in one transaction, so each event is
//! created exactly once, even if a server stops in a round.

mod queries;
mod target_events;

use diesel_async::AsyncPgConnection;

use self::queries::Progress;
use crate::db::{self, Error};
use crate::metrics::{self, overdue};
use crate::values::Day;
use crate::webhooks::deliveries;
use crate::webhooks::events::{Event, Happened};

/// Creates the events since the last round, unless another server is doing so. The day is that of
/// the database's clock.
pub async fn round_today(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    let progress = queries::progress(conn).await?;
    let today = progress.at.day();
    round_after(conn, progress, today).await
}

/// Creates the events since the last round, with the figures as at this day.
pub async fn round(conn: &mut AsyncPgConnection, today: Day) -> Result<(), Error> {
    let progress = queries::progress(conn).await?;
    round_after(conn, progress, today).await
}

async fn round_after(conn: &mut AsyncPgConnection, progress: Progress, today: Day) -> Result<(), Error> {
    if progress.followed_on == Some(today) && !queries::has_news(conn, &progress).await? {
        return Ok(());
    }
    match db::in_written_snapshot(conn, async |conn| tell(conn, today).await).await {
        // A concurrent transaction changed the same rows, or another server processed the round.
        // The next round finds what remains.
        Err(Error::Contended) => Ok(()),
        done => done,
    }
}

async fn tell(conn: &mut AsyncPgConnection, today: Day) -> Result<(), Error> {
    let Some(progress) = queries::begin(conn).await? else { return Ok(()) };
    let round = queries::round(conn, &progress).await?;
    let mut happened = queries::logged(conn, &round).await?;
    let is_another_day = progress.followed_on != Some(today);
    if is_another_day || queries::figures_changed(conn, &round).await? {
        let followed = followed(conn, today).await?;
        happened.extend(followed.into_iter().map(|event| Happened {
            event,
            at: progress.at,
            transaction: None,
        }));
    }
    deliveries::queries::tell(conn, &happened).await?;
    queries::advance(conn, &round, today).await
}

/// Derives the figures and returns the events of their changes since the last time.
async fn followed(conn: &mut AsyncPgConnection, today: Day) -> Result<Vec<Event>, Error> {
    let asked: Vec<_> = queries::frameworks(conn, today).await?.into_iter().map(|id| (id, today.0)).collect();
    let derived = metrics::derived_on(conn, &asked).await?;
    let overdue = overdue::overdue(&derived, today.0);
    let (events, kept) =
        target_events::told(&queries::followed(conn).await?, &derived.metrics, overdue, today);
    queries::keep(conn, &kept).await?;
    Ok(events)
}
