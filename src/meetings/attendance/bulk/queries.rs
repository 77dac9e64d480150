//! A bulk request of attendance, step by step: which rows are meant, what stands, what is to be done, and doing it. The
//! number of statements is the same for one line and for a thousand.

use std::collections::{BTreeSet, HashMap};

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::decide::{Decision, decide};
use super::model::AttendanceLine;
use super::names::{self, Meant};
use super::standing::{self, Standing};
use super::write::{self, Row};
use crate::db::Error;
use crate::db::bulk::{self, Applied, Observed, Outcome, Verdict};
use crate::policy::Scope;
use crate::values::{Code, Fault, Instant};

/// What observations of attendance are kept under.
const RESOURCE: &str = "attendance";

/// A line that means a row, and what is to be done about it.
struct Work<'l> {
    place: usize,
    line: &'l AttendanceLine,
    meant: Meant,
    key: String,
    id: Uuid,
    standing: Standing,
    decision: Decision,
    /// Whether it was seen no earlier than what stands.
    is_news: bool,
}

/// Whose registers are closed with the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Nobody asked for it.
    NotAsked,
    /// Those of all meetings named, unless a line fails.
    Asked,
    /// None, although it was asked for: a line could not even be read.
    Prevented,
}

/// Applies lines and says what became of each.
pub async fn apply(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    system: Option<&Code>,
    closing: Closing,
    lines: &[&AttendanceLine],
) -> Result<Applied, Error> {
    if closing != Closing::NotAsked && *scope != Scope::All {
        return Err(Error::Forbidden("The association's staff close a register."));
    }
    let mut outcomes: Vec<Option<Outcome>> = vec![None; lines.len()];
    let meant = names::find(conn, scope, system, lines).await?;
    let meant = sound(lines, meant, &mut outcomes);
    hold(conn, &meant, closing == Closing::Asked).await?;
    let work = decided(conn, scope, system, lines, meant).await?;
    carry_out(conn, system, &work).await?;
    let versions = versions(conn, &work).await?;
    for work in &work {
        outcomes[work.place] = Some(outcome(work, &versions));
    }
    let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
    let has_failed = outcomes.iter().any(|outcome| matches!(outcome.verdict, Verdict::Failed(_)));
    let registers_closed = if closing == Closing::Asked && !has_failed {
        let meetings: BTreeSet<Uuid> = work.iter().map(|work| work.meant.meeting_id).collect();
        write::close_registers(conn, &meetings.into_iter().collect::<Vec<_>>()).await?
    } else {
        Vec::new()
    };
    Ok(Applied { outcomes, registers_closed })
}

/// The lines that mean a row which no other line means; the others have failed.
fn sound(
    lines: &[&AttendanceLine],
    meant: Vec<Result<Meant, Vec<Fault>>>,
    outcomes: &mut [Option<Outcome>],
) -> Vec<(usize, Meant)> {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, meant) in meant.iter().enumerate() {
        if let Ok(meant) = meant {
            places.entry(meant.key()).or_default().push(place);
        }
    }
    let mut keys: HashMap<&str, usize> = HashMap::new();
    for line in lines {
        if let Some(key) = &line.external_id {
            *keys.entry(key.as_str()).or_default() += 1;
        }
    }
    let mut sound = Vec::new();
    for (place, meant) in meant.into_iter().enumerate() {
        let twice = |field: &str| {
            vec![Fault::body(field, "duplicate", "Another line of this request means the same row.")]
        };
        let is_key_shared = lines[place].external_id.as_ref().is_some_and(|key| keys[key.as_str()] > 1);
        let judged = match meant {
            Ok(meant) if places[&meant.key()].len() > 1 => Err(twice("")),
            Ok(_) if is_key_shared => Err(twice("/external_id")),
            meant => meant,
        };
        match judged {
            Ok(meant) => sound.push((place, meant)),
            Err(faults) => outcomes[place] = Some(Outcome::failed(faults)),
        }
    }
    sound
}

/// Holds the lines' meetings against other bulk requests and, as a single line's write does, against change.
async fn hold(conn: &mut AsyncPgConnection, meant: &[(usize, Meant)], close: bool) -> Result<(), Error> {
    let meetings: Vec<Uuid> = meant.iter().map(|(_, meant)| meant.meeting_id).collect();
    bulk::hold(conn, &meetings).await?;
    let lock = if close { "NO KEY UPDATE" } else { "SHARE" };
    diesel::sql_query(format!("SELECT FROM meetings WHERE id = ANY ($1) ORDER BY id FOR {lock}"))
        .bind::<Array<SqlUuid>, _>(meetings)
        .execute(conn)
        .await?;
    Ok(())
}

async fn decided<'l>(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    system: Option<&Code>,
    lines: &[&'l AttendanceLine],
    meant: Vec<(usize, Meant)>,
) -> Result<Vec<Work<'l>>, Error> {
    let pairs: Vec<_> = meant.iter().map(|(place, meant)| (lines[*place], meant)).collect();
    let standing = standing::read(conn, system, &pairs).await?;
    let keys: Vec<String> = meant.iter().map(|(_, meant)| meant.key()).collect();
    let instants: Vec<_> = pairs.iter().map(|(line, _)| line.observed_at).collect();
    let observed = bulk::observed(conn, RESOURCE, &keys, &instants).await?;
    let is_bound = *scope != Scope::All;
    let work = meant.into_iter().zip(keys).zip(standing).zip(observed);
    let work = work.map(|((((place, meant), key), standing), observed)| {
        let line = lines[place];
        let observed = observed.map(|seen| Observed { standing_since: standing.updated_at, ..seen });
        let decision = decide(line, &standing, observed.as_ref(), is_bound);
        let id = standing.id.unwrap_or_else(Uuid::now_v7);
        Work {
            place,
            line,
            meant,
            key,
            id,
            standing,
            decision,
            is_news: observed.is_some_and(|seen| !seen.is_late()),
        }
    });
    Ok(work.collect())
}

/// Does what was decided.
async fn carry_out(
    conn: &mut AsyncPgConnection,
    system: Option<&Code>,
    work: &[Work<'_>],
) -> Result<(), Error> {
    let mut rows = Vec::new();
    let mut keys = Vec::new();
    let mut gone = Vec::new();
    for work in work {
        match (&work.decision, work.standing.version) {
            (Decision::Write(content), version) => {
                if !content.is_same {
                    rows.push(Row { id: work.id, version, meant: &work.meant, content });
                }
                keys.extend(work.line.external_id.as_ref().map(|key| (work.id, key.as_str())));
            }
            (Decision::Delete, Some(version)) => gone.push((work.id, version)),
            _ => {}
        }
    }
    write::rows(conn, &rows, &gone).await?;
    if let Some(system) = system {
        write::keys(conn, system, &keys).await?;
    }
    let news = work.iter().filter(|work| work.is_news && !matches!(work.decision, Decision::Refuse(_)));
    let news: Vec<(&str, Instant)> =
        news.filter_map(|work| Some((work.key.as_str(), work.line.observed_at?))).collect();
    bulk::note(conn, RESOURCE, &news).await
}

#[derive(QueryableByName)]
struct Versioned {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    version: i64,
}

/// The rows' versions now.
async fn versions(conn: &mut AsyncPgConnection, work: &[Work<'_>]) -> Result<HashMap<Uuid, i64>, Error> {
    let ids: Vec<Uuid> = work.iter().map(|work| work.id).collect();
    let rows: Vec<Versioned> = diesel::sql_query("SELECT id, version FROM attendance WHERE id = ANY ($1)")
        .bind::<Array<SqlUuid>, _>(ids)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.version)).collect())
}

fn outcome(work: &Work<'_>, versions: &HashMap<Uuid, i64>) -> Outcome {
    let was_there = work.standing.id.is_some();
    let verdict = match &work.decision {
        Decision::Write(_) if was_there => Verdict::Updated,
        Decision::Write(_) => Verdict::Created,
        Decision::Delete => Verdict::Deleted,
        Decision::Leave => Verdict::Unchanged,
        Decision::Stale => Verdict::Stale,
        Decision::Refuse(faults) => Verdict::Failed(faults.clone()),
    };
    let id = (was_there || verdict == Verdict::Created).then_some(work.id);
    Outcome { verdict, id, version: versions.get(&work.id).copied() }
}
