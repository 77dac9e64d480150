//! From what was written to what is told: once, whatever happens to whoever tells it. A round takes the transactions of the
//! change log that have ended since the last one, and looks at the figures if they or the day have changed. Events, deliveries and how far
//! it has come are written in one transaction.

mod follow;
mod queries;

use diesel_async::AsyncPgConnection;

use self::queries::Progress;
use crate::db::{self, Error};
use crate::metrics::{self, overdue};
use crate::values::Day;
use crate::webhooks::deliveries;
use crate::webhooks::events::{Event, Happened};

/// Tells what has happened since the last round, unless another server is at it; the day is the database's.
pub async fn round_today(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    let progress = queries::progress(conn).await?;
    let today = progress.at.day();
    round_after(conn, progress, today).await
}

/// Tells what has happened, with the figures as on this day.
pub async fn round(conn: &mut AsyncPgConnection, today: Day) -> Result<(), Error> {
    let progress = queries::progress(conn).await?;
    round_after(conn, progress, today).await
}

async fn round_after(conn: &mut AsyncPgConnection, progress: Progress, today: Day) -> Result<(), Error> {
    if progress.followed_on == Some(today) && !queries::has_news(conn, &progress).await? {
        return Ok(());
    }
    match db::in_written_snapshot(conn, async |conn| tell(conn, today).await).await {
        // Something was changed meanwhile, or told by another server: the next round sees it.
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

/// What has become of the figures since they were last looked at.
async fn followed(conn: &mut AsyncPgConnection, today: Day) -> Result<Vec<Event>, Error> {
    let asked: Vec<_> = queries::frameworks(conn, today).await?.into_iter().map(|id| (id, today.0)).collect();
    let derived = metrics::derived_on(conn, &asked).await?;
    let overdue = overdue::overdue(&derived, today.0);
    let (events, kept) = follow::told(&queries::followed(conn).await?, &derived.metrics, overdue, today);
    queries::keep(conn, &kept).await?;
    Ok(events)
}
