//! The SQL statements of reorganisations.

use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Date, Jsonb, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{NewReorganisation, NewSuccessor, Reorganisation, SuccessorCouncil};
use crate::councils;
use crate::councils::model::{Council, CouncilPatch, GssAlias, Membership, NewCouncil, Predecessor};
use crate::db::{Error, in_transaction, write};
use crate::groups::seats;
use crate::groups::seats::model::NewSeat;
use crate::rules::ranges;
use crate::values::{Day, FieldError};

/// A table whose rows belong to councils: the condition that selects a council's rows, and the
/// columns of their first day and end.
struct Lasting {
    table: &'static str,
    of: &'static str,
    from: &'static str,
    until: &'static str,
}

const fn lasting(table: &'static str, of: &'static str, from: &'static str, until: &'static str) -> Lasting {
    Lasting { table, of, from, until }
}

/// The tables whose rows end with a council. Seats come before their terms, because the seats that
/// a closed register expects are derived from both.
const BELONGINGS: [Lasting; 4] = [
    lasting("seats", "council_id = ANY($1)", "exists_from", "exists_until"),
    lasting(
        "seat_terms",
        "seat_id IN (SELECT id FROM seats WHERE council_id = ANY($1))",
        "held_from",
        "held_until",
    ),
    lasting("council_memberships", "council_id = ANY($1)", "member_from", "member_until"),
    lasting("council_gss_codes", "council_id = ANY($1)", "valid_from", "valid_until"),
];

/// Carries out a reorganisation in one transaction. If it fails, nothing is written and the error
/// lists every obstacle.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewReorganisation) -> Result<Reorganisation, Error> {
    let done = in_transaction(conn, async |conn| apply(conn, new).await).await;
    match done {
        Err(error @ (Error::Invalid(_) | Error::Conflict { .. })) => Err(explained(conn, new, error).await?),
        done => done,
    }
}

async fn apply(conn: &mut AsyncPgConnection, new: &NewReorganisation) -> Result<Reorganisation, Error> {
    lock_parents(conn, new).await?;
    let ended_seat_ids = end(conn, &new.predecessor_ids, new.reorganised_on).await?;
    let (mut successor_ids, mut seat_ids) = (Vec::new(), Vec::new());
    for successor in &new.successors {
        let council = take_over(conn, new, successor).await?;
        for seat in seats_of(new, successor, council) {
            seat_ids.push(seats::queries::create(conn, &seat).await?.id);
        }
        successor_ids.push(council);
    }
    write::check_deferred(conn, "councils").await?;
    Ok(Reorganisation {
        reorganised_on: new.reorganised_on,
        kind: new.kind,
        predecessors: read(conn, &new.predecessor_ids).await?,
        successors: read(conn, &successor_ids).await?,
        ended_seat_ids,
        seat_ids,
    })
}

async fn read(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<Vec<Council>, Error> {
    let mut councils = Vec::new();
    for id in ids {
        councils.push(councils::queries::get(conn, *id).await?);
    }
    Ok(councils)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Locks the councils, so that concurrent reorganisations of one council run one after the other.
/// The later one finds that the council has ended.
async fn lock_parents(conn: &mut AsyncPgConnection, new: &NewReorganisation) -> Result<(), Error> {
    let known = new.successors.iter().filter_map(|successor| successor.council_id);
    let ids: Vec<Uuid> = new.predecessor_ids.iter().copied().chain(known).collect();
    let held = find(conn, "SELECT id FROM councils WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", &ids);
    let held = held.await?;
    let succeeded = "SELECT predecessor_id AS id FROM council_successions WHERE predecessor_id = ANY($1)";
    let gone = find(conn, succeeded, &new.predecessor_ids).await?;
    let existing = "SELECT id FROM councils WHERE id = ANY($1) AND COALESCE(exists_from < $2, true) \
                    AND COALESCE(exists_until >= $2, true)";
    let existing = run(conn, existing, &new.predecessor_ids, new.reorganised_on).await?;
    let is_free =
        gone.is_empty() && existing == new.predecessor_ids.len() && ids.iter().all(|id| held.contains(id));
    if is_free { Ok(()) } else { Err(Error::Invalid(Vec::new())) }
}

async fn find(conn: &mut AsyncPgConnection, sql: &str, ids: &[Uuid]) -> Result<Vec<Uuid>, Error> {
    let rows: Vec<Row> = diesel::sql_query(sql).bind::<Array<SqlUuid>, _>(ids).load(conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Ends councils and the rows that belong to them on the day, and deletes rows that would begin on
/// that day or later. Returns the ids of the seats that end.
async fn end(conn: &mut AsyncPgConnection, councils: &[Uuid], day: Day) -> Result<Vec<Uuid>, Error> {
    let existence = lasting("councils", "id = ANY($1)", "exists_from", "exists_until");
    run(conn, &existence.ending(), councils, day).await.map_err(Error::writing("councils"))?;
    let ending = "SELECT id FROM seats WHERE council_id = ANY($1) AND COALESCE(exists_from < $2, true) \
                  AND COALESCE(exists_until > $2, true) ORDER BY id";
    let seats: Vec<Row> =
        diesel::sql_query(ending).bind::<Array<SqlUuid>, _>(councils).bind::<Date, _>(day).load(conn).await?;
    for belongings in &BELONGINGS {
        run(conn, &belongings.dropping(), councils, day).await.map_err(Error::deleting)?;
        run(conn, &belongings.ending(), councils, day).await.map_err(Error::writing(belongings.table))?;
    }
    Ok(seats.into_iter().map(|row| row.id).collect())
}

async fn run(
    conn: &mut AsyncPgConnection,
    sql: &str,
    councils: &[Uuid],
    day: Day,
) -> diesel::QueryResult<usize> {
    diesel::sql_query(sql).bind::<Array<SqlUuid>, _>(councils).bind::<Date, _>(day).execute(conn).await
}

impl Lasting {
    fn ending(&self) -> String {
        let Self { table, of, until, .. } = self;
        format!("UPDATE {table} SET {until} = $2 WHERE {of} AND COALESCE({until} > $2, true)")
    }

    fn dropping(&self) -> String {
        let Self { table, of, from, .. } = self;
        format!("DELETE FROM {table} WHERE {of} AND {from} >= $2")
    }
}

/// Creates a successor, or updates an existing council to be one. Returns its id.
async fn take_over(
    conn: &mut AsyncPgConnection,
    new: &NewReorganisation,
    successor: &NewSuccessor,
) -> Result<Uuid, Error> {
    let day = new.reorganised_on;
    let member =
        successor.is_member.unwrap_or(true).then_some(Membership { member_from: day, member_until: None });
    let followed = new
        .links_of(successor)
        .into_iter()
        .map(|(predecessor_id, kind)| Some(Predecessor { predecessor_id, kind: kind?, succeeded_on: day }));
    let Some(followed) = followed.collect::<Option<Vec<_>>>() else { return Err(Error::Invalid(Vec::new())) };
    match (&successor.council, successor.council_id) {
        (Some(council), _) => {
            Ok(councils::queries::create(conn, &made(council, day, member, followed)).await?.id)
        }
        (None, Some(id)) => {
            let council = councils::queries::get(conn, id).await?;
            let patch = enlarged(&council, day, member, followed)?;
            Ok(councils::queries::update(conn, id, &[council.version], &patch).await?.id)
        }
        (None, None) => Err(Error::Invalid(Vec::new())),
    }
}

fn made(
    council: &SuccessorCouncil,
    day: Day,
    member: Option<Membership>,
    followed: Vec<Predecessor>,
) -> NewCouncil {
    let SuccessorCouncil { gss_code, name, kind, county } = council.clone();
    NewCouncil {
        name,
        kind,
        county,
        exists_from: Some(day),
        exists_until: None,
        gss_codes: Some(vec![GssAlias { gss_code, valid_from: Some(day), valid_until: None }]),
        memberships: Some(member.into_iter().collect()),
        predecessors: Some(followed),
    }
}

/// Returns the changes to an existing council that becomes a successor: its membership and its
/// predecessors.
fn enlarged(
    council: &Council,
    day: Day,
    member: Option<Membership>,
    followed: Vec<Predecessor>,
) -> Result<CouncilPatch, Error> {
    if !ranges::contains((council.exists_from, council.exists_until), day) {
        return Err(Error::Invalid(Vec::new()));
    }
    let is_member = |m: &Membership| ranges::contains((Some(m.member_from), m.member_until), day);
    let joins = member.filter(|_| !council.memberships.iter().any(is_member));
    let memberships = joins.map(|joins| {
        // The new membership replaces those that begin on the day or later.
        let before = council.memberships.iter().filter(|m| m.member_from < day).cloned();
        before.chain([joins]).collect()
    });
    let predecessors = council.predecessors.iter().cloned().chain(followed).collect();
    Ok(CouncilPatch { memberships, predecessors: Some(predecessors), ..CouncilPatch::default() })
}

fn seats_of(
    new: &NewReorganisation,
    successor: &NewSuccessor,
    council_id: Uuid,
) -> impl Iterator<Item = NewSeat> {
    let day = new.reorganised_on;
    successor.seats.iter().flatten().map(move |seat| NewSeat {
        group_id: seat.group_id,
        council_id,
        role: seat.role.clone(),
        ordinal: seat.ordinal,
        exists_from: Some(day),
        exists_until: None,
        terms: None,
        external_ids: None,
    })
}

#[derive(QueryableByName)]
struct Obstacle {
    #[diesel(sql_type = Text)]
    pointer: String,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Text)]
    detail: String,
    #[diesel(sql_type = Bool)]
    is_state: bool,
}

/// Returns an error that lists every obstacle, where the database reported only the first.
async fn explained(
    conn: &mut AsyncPgConnection,
    new: &NewReorganisation,
    error: Error,
) -> Result<Error, Error> {
    let body = serde_json::to_value(new).map_err(|error| Error::Internal(error.to_string()))?;
    let obstacles: Vec<Obstacle> =
        diesel::sql_query(include_str!("sql/obstacles.sql")).bind::<Jsonb, _>(body).load(conn).await?;
    if obstacles.is_empty() {
        return Ok(error);
    }
    let is_of_state = obstacles.iter().all(|obstacle| obstacle.is_state);
    let field_errors =
        obstacles.into_iter().map(|it| FieldError::body(it.pointer, it.code, it.detail)).collect();
    if !is_of_state {
        return Ok(Error::Invalid(field_errors));
    }
    let detail = "Existing records conflict with this reorganisation, and nothing was changed; see errors.";
    Ok(Error::Conflict { code: "conflicting_records", detail: detail.into(), field_errors })
}
