//! Checks that a write leaves every published figure, status and reason as it was.
//!
//! The check compares with what is published when it runs, so nothing may be published between it and the end of the
//! transaction. Two locks see to that, and [`wait_for_writes`] takes both before a publication is published:
//!
//! - A transaction that has written holds the lock of an insert on `changes` until it ends. Publishing takes one that
//!   conflicts and keeps it until it ends. The check therefore sees every publication that is published before the
//!   transaction ends.
//! - A transaction that needs no check, because [`CAN_BE_PUBLISHED`] was false when it began, holds an advisory lock from
//!   that moment on, also before it writes. Publishing waits for it. A publication that was published meanwhile would have
//!   been approved after that moment.
//!
//! Everybody takes these locks in the same order: the advisory lock, `changes`, rows of `publications`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Date, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::db::{self, Error, known};
use crate::metrics::{self, Derived, READS};
use crate::values::Code;

/// Whether something is published or can be published before the transaction ends, as an SQL condition for its first
/// statement. Where it is false the transaction needs no check.
pub const CAN_BE_PUBLISHED: &str = "can_be_published()";

/// Waits until no transaction is under way that can have missed what this one publishes. To be called before a
/// publication's row is locked.
pub async fn wait_for_writes(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    diesel::sql_query("SELECT wait_for_writes()").execute(conn).await?;
    Ok(())
}

/// Any number but those of other locks.
const LOCK: i64 = 6_175_413;

#[derive(QueryableByName)]
struct Reached {
    #[diesel(sql_type = SqlUuid)]
    framework_id: Uuid,
    #[diesel(sql_type = Date)]
    as_at: NaiveDate,
    #[diesel(sql_type = BigInt)]
    line: i64,
}

/// Fails with 409 `period_published` if this transaction has changed what is published of a day. To be called at the
/// end of a transaction: the writes that can reach a published day wait for one another from here on, so that each is
/// judged by what the one before it has left.
pub async fn check(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    let reached: Vec<Reached> =
        diesel::sql_query(include_str!("sql/reached.sql")).bind::<Array<Text>, _>(READS).load(conn).await?;
    let Some(Reached { line, .. }) = reached.as_slice().first() else { return Ok(()) };
    db::lock(conn, LOCK).await?;
    let asked: Vec<(Uuid, NaiveDate)> =
        reached.iter().map(|reached| (reached.framework_id, reached.as_at)).collect();
    let now = published(&metrics::derived_on(conn, &asked).await?)?;
    let before = known::at_line(conn, *line, async |conn| metrics::derived_on(conn, &asked).await).await?;
    match first_difference(&published(&before)?, &now) {
        Some((as_at, code)) => Err(Error::conflict(
            "period_published",
            format!(
                "This changes what is published of {as_at} (target {code}): an officer reopens that publication first, with a reason."
            ),
        )),
        None => Ok(()),
    }
}

/// What is published of a target on a day.
#[derive(Debug, PartialEq)]
struct Content {
    figures: Value,
    outcomes: Vec<Uuid>,
    /// Its meetings up to the day: status, register, and whether what the target asks for was delivered.
    meetings: Vec<(Uuid, &'static str, &'static str, Option<bool>)>,
}

/// What is published, by day and target, with the target's code.
type Published = BTreeMap<(NaiveDate, Uuid), (Code, Content)>;

/// The members of a metric that only describe, or that count what is still to come.
const NOT_FIGURES: [&str; 11] = [
    "code",
    "ref",
    "title",
    "owner",
    "name",
    "note",
    "reason",
    "reference",
    "known_at",
    "meetings_planned",
    "meetings_cancelled",
];

fn published(derived: &Derived) -> Result<Published, Error> {
    let asked = derived.asked().zip(&derived.metrics);
    let content = asked.map(|((target, evidence), metric)| {
        let figures = serde_json::to_value(metric).map_err(|error| Error::Internal(error.to_string()))?;
        let until_then = evidence.meetings.iter().filter(|meeting| !meeting.is_ahead);
        let content = Content {
            figures: figures_of(figures),
            outcomes: target.outcome_ids.clone(),
            meetings: until_then
                .map(|m| (m.meeting_id, m.status.as_str(), m.register.as_str(), m.delivered))
                .collect(),
        };
        Ok(((target.asked_on, target.target_id), (target.code.clone(), content)))
    });
    content.collect()
}

fn figures_of(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            members.retain(|name, _| !NOT_FIGURES.contains(&name.as_str()));
            members.values_mut().for_each(|member| *member = figures_of(member.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = figures_of(item.take())),
        _ => {}
    }
    value
}

/// The first day, with a target's code, of which something else is published before than after.
fn first_difference(before: &Published, now: &Published) -> Option<(NaiveDate, Code)> {
    let is_same = |key| match (before.get(key), now.get(key)) {
        (Some((_, before)), Some((_, now))) => before == now,
        _ => false,
    };
    let key = before.keys().chain(now.keys()).filter(|key| !is_same(*key)).min()?;
    let (code, _) = now.get(key).or_else(|| before.get(key))?;
    Some((key.0, code.clone()))
}
