//! Checks that a write changes no published figure, status or reason.
//!
//! The check knows only the publications with status `published` when it runs. Therefore no
//! publication may be published between the check and the end of the checked transaction. Before
//! publishing, [`wait_for_writes`] takes two locks that prevent this:
//!
//! - Inserting into `changes` locks that table until the writing transaction ends. Publishing takes
//!   a conflicting table lock, so each check sees every earlier publication.
//! - A transaction for which [`CAN_BE_PUBLISHED`] is false skips the check, and holds an advisory
//!   lock from its first statement on. Publishing waits for that lock.
//!
//! All transactions take the locks in this order to prevent deadlocks: the advisory lock, the table
//! `changes`, rows of `publications`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Date, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::db::{self, Error, Statement, as_of};
use crate::metrics::{self, DerivedMetrics, FactLoader, SOURCE_RESOURCES};
use crate::values::Code;

/// The SQL condition that the transaction needs the check: a publication is published, or could be
/// published before the transaction ends. A transaction evaluates it in its first statement.
pub const CAN_BE_PUBLISHED: &str = "can_be_published()";

/// Waits for all transactions whose check could miss the publication that is about to be published.
/// Call it before the publication's row is locked.
pub async fn wait_for_writes(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    Statement::new("SELECT wait_for_writes()").execute(conn).await?;
    Ok(())
}

/// The key of the advisory lock that makes checks run one after another. No other advisory lock has
/// this key.
const LOCK_KEY: i64 = 6_175_413;

#[derive(QueryableByName)]
struct AffectedPublication {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    framework_id: Uuid,
    #[diesel(sql_type = Date)]
    as_at: NaiveDate,
    #[diesel(sql_type = BigInt)]
    line: i64,
}

/// Fails with 409 `period_published` if this transaction has changed a published figure. Call it at
/// the end of the transaction. Takes an advisory lock, so that each check sees the result of the
/// transaction that was checked before.
pub async fn check(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    let affected: Vec<AffectedPublication> = Statement::new(include_str!("sql/affected.sql"))
        .bind::<Array<Text>, _>(SOURCE_RESOURCES)
        .load(conn)
        .await?;
    let Some(AffectedPublication { line, .. }) = affected.as_slice().first() else { return Ok(()) };
    db::lock(conn, LOCK_KEY).await?;
    let requested: Vec<(Uuid, NaiveDate)> =
        affected.iter().map(|affected| (affected.framework_id, affected.as_at)).collect();
    let now = published(&metrics::derive_metrics_on(&mut FactLoader::new(conn), requested.clone()).await?)?;
    let before = as_of::at_line(conn, *line, async |conn| {
        metrics::derive_metrics_on(&mut FactLoader::new(conn), requested).await
    })
    .await?;
    let changed = differences(&published(&before)?, &now);
    if changed.is_empty() {
        Ok(())
    } else {
        Err(Error::conflict("period_published", error_text(&affected, &changed)))
    }
}

#[derive(Debug)]
struct Difference {
    framework_id: Uuid,
    as_at: NaiveDate,
    code: Code,
}

/// The maximum number of publications that an error text names, and of targets for each
/// publication.
const MAX_NAMED: usize = 5;

fn error_text(affected: &[AffectedPublication], changed: &[Difference]) -> String {
    let is_of = |difference: &&Difference, publication: &AffectedPublication| {
        (difference.framework_id, difference.as_at) == (publication.framework_id, publication.as_at)
    };
    let of = affected.iter().filter_map(|publication| {
        let codes: Vec<&str> =
            changed.iter().filter(|it| is_of(it, publication)).map(|it| it.code.as_str()).collect();
        let targets = join_first(&codes);
        (!codes.is_empty())
            .then(|| format!("{targets} as at {} in the publication {}", publication.as_at, publication.id))
    });
    let of: Vec<String> = of.collect();
    let of: Vec<&str> = of.iter().map(String::as_str).collect();
    format!(
        "The request would change published figures of {}. An officer must first reopen the publication, with a reason.",
        join_first(&of)
    )
}

/// Joins the first [`MAX_NAMED`] texts with commas, and appends the number of the remaining texts.
fn join_first(all: &[&str]) -> String {
    let named = all[..all.len().min(MAX_NAMED)].join(", ");
    match all.len().saturating_sub(MAX_NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// The data about one target on one day that the check compares before and after the write.
#[derive(Debug, PartialEq)]
struct Content {
    figures: Value,
    outcomes: Vec<Uuid>,
    /// The meetings up to the day. Each item is the id, the status, the state of the register, and
    /// whether the meeting got the deliverable that the measure counts.
    meetings: Vec<(Uuid, &'static str, &'static str, Option<bool>)>,
}

type Published = BTreeMap<(NaiveDate, Uuid), PublishedTarget>;

#[derive(Debug)]
struct PublishedTarget {
    framework_id: Uuid,
    code: Code,
    content: Content,
}

/// The JSON fields of a metric that the check ignores: texts, and the numbers of future meetings.
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

fn published(derived: &DerivedMetrics) -> Result<Published, Error> {
    let requested = derived.facts.requested().zip(&derived.metrics);
    let content = requested.map(|((target, evidence), metric)| {
        let figures = serde_json::to_value(metric).map_err(|error| Error::Internal(error.to_string()))?;
        let until_then = evidence.meetings.iter().filter(|meeting| !meeting.is_ahead);
        let content = Content {
            figures: figures_of(figures),
            outcomes: target.outcome_ids.clone(),
            meetings: until_then
                .map(|m| (m.meeting_id, m.status.as_str(), m.register.as_str(), m.delivered))
                .collect(),
        };
        let of_target =
            PublishedTarget { framework_id: target.framework_id, code: target.code.clone(), content };
        Ok(((target.requested_on, target.target_id), of_target))
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

/// Returns the targets whose published data differ between `before` and `now`.
fn differences(before: &Published, now: &Published) -> Vec<Difference> {
    let keys: BTreeSet<_> = before.keys().chain(now.keys()).collect();
    let difference = |key: &(NaiveDate, Uuid)| {
        let (was, is_now) = (before.get(key), now.get(key));
        let is_same = was.map(|it| &it.content) == is_now.map(|it| &it.content);
        let target = is_now.or(was).filter(|_| !is_same)?;
        Some(Difference { framework_id: target.framework_id, as_at: key.0, code: target.code.clone() })
    };
    keys.into_iter().filter_map(difference).collect()
}
