//! SQL statements that carry out a reorganisation.

use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Date, Jsonb, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{NewReorganisation, Reorganisation};
use super::successor::{NewSuccessor, SuccessorCouncil};
use crate::councils;
use crate::councils::model::{Council, CouncilPatch, GssAlias, Membership, NewCouncil, Predecessor};
use crate::db::{Error, in_transaction, write};
use crate::groups::seats;
use crate::groups::seats::model::NewSeat;
use crate::rules::ranges;
use crate::values::{Day, FieldError};

/// A table in which each row belongs to a council and exists for a range of days. `of` is the SQL
/// condition for rows of the councils in $1. `from` and `until` are the columns of the range.
struct DatedTable {
    name: &'static str,
    of: &'static str,
    from: &'static str,
    until: &'static str,
}

const fn dated_table(
    name: &'static str,
    of: &'static str,
    from: &'static str,
    until: &'static str,
) -> DatedTable {
    DatedTable { name, of, from, until }
}

/// The tables whose rows end when their council ends. Seats come before their terms, because a
/// trigger computes from both which seats a closed register expects.
const TABLES_OF_COUNCILS: [DatedTable; 4] = [
    dated_table("seats", "council_id = ANY($1)", "exists_from", "exists_until"),
    dated_table(
        "seat_terms",
        "seat_id IN (SELECT id FROM seats WHERE council_id = ANY($1))",
        "held_from",
        "held_until",
    ),
    dated_table("council_memberships", "council_id = ANY($1)", "member_from", "member_until"),
    dated_table("council_gss_codes", "council_id = ANY($1)", "valid_from", "valid_until"),
];

/// Carries out a reorganisation in one transaction. Fails with an error that lists every obstacle
/// if existing records prevent it.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewReorganisation) -> Result<Reorganisation, Error> {
    let done = in_transaction(conn, async |conn| apply(conn, new).await).await;
    match done {
        Err(error @ (Error::Invalid(_) | Error::Conflict { .. })) => {
            Err(list_obstacles(conn, new, error).await?)
        }
        done => done,
    }
}

async fn apply(conn: &mut AsyncPgConnection, new: &NewReorganisation) -> Result<Reorganisation, Error> {
    lock_parents(conn, new).await?;
    let ended_seat_ids = end(conn, &new.predecessor_ids, new.reorganised_on).await?;
    let (mut successor_ids, mut seat_ids) = (Vec::new(), Vec::new());
    for successor in &new.successors {
        let council = write_successor(conn, new, successor).await?;
        for seat in list_seats(new, successor, council) {
            seat_ids.push(seats::queries::create(conn, &seat).await?.id);
        }
        successor_ids.push(council);
    }
    write::check_deferred(conn, "councils").await?;
    Ok(Reorganisation {
        reorganised_on: new.reorganised_on,
        kind: new.kind,
        predecessors: get_councils(conn, &new.predecessor_ids).await?,
        successors: get_councils(conn, &successor_ids).await?,
        ended_seat_ids,
        seat_ids,
    })
}

async fn get_councils(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<Vec<Council>, Error> {
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

/// Locks the councils of the request. Of two concurrent requests about one council, the later waits
/// until the council has ended, and then fails.
async fn lock_parents(conn: &mut AsyncPgConnection, new: &NewReorganisation) -> Result<(), Error> {
    let known = new.successors.iter().filter_map(|successor| successor.council_id);
    let ids: Vec<Uuid> = new.predecessor_ids.iter().copied().chain(known).collect();
    let locked = "SELECT id FROM councils WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
    let locked = load_ids(conn, locked, &ids).await?;
    let succeeded = "SELECT predecessor_id AS id FROM council_successions WHERE predecessor_id = ANY($1)";
    let already_succeeded = load_ids(conn, succeeded, &new.predecessor_ids).await?;
    let existing = "SELECT id FROM councils WHERE id = ANY($1) AND COALESCE(exists_from < $2, true) \
                    AND COALESCE(exists_until >= $2, true)";
    let existing_count = execute(conn, existing, &new.predecessor_ids, new.reorganised_on).await?;
    let is_possible = already_succeeded.is_empty()
        && existing_count == new.predecessor_ids.len()
        && ids.iter().all(|id| locked.contains(id));
    if is_possible { Ok(()) } else { Err(obstructed(Vec::new())) }
}

async fn load_ids(conn: &mut AsyncPgConnection, sql: &str, ids: &[Uuid]) -> Result<Vec<Uuid>, Error> {
    let rows: Vec<Row> = diesel::sql_query(sql).bind::<Array<SqlUuid>, _>(ids).load(conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Ends councils on a day, with the rows that belong to them. Deletes rows that would begin on that
/// day or later. Returns the ids of the seats that end.
async fn end(conn: &mut AsyncPgConnection, councils: &[Uuid], day: Day) -> Result<Vec<Uuid>, Error> {
    let existence = dated_table("councils", "id = ANY($1)", "exists_from", "exists_until");
    execute(conn, &existence.end_statement(), councils, day).await.map_err(Error::writing("councils"))?;
    let ending = "SELECT id FROM seats WHERE council_id = ANY($1) AND COALESCE(exists_from < $2, true) \
                  AND COALESCE(exists_until > $2, true) ORDER BY id";
    let seats: Vec<Row> =
        diesel::sql_query(ending).bind::<Array<SqlUuid>, _>(councils).bind::<Date, _>(day).load(conn).await?;
    for table in &TABLES_OF_COUNCILS {
        execute(conn, &table.delete_statement(), councils, day).await.map_err(Error::deleting)?;
        execute(conn, &table.end_statement(), councils, day).await.map_err(Error::writing(table.name))?;
    }
    Ok(seats.into_iter().map(|row| row.id).collect())
}

async fn execute(
    conn: &mut AsyncPgConnection,
    sql: &str,
    councils: &[Uuid],
    day: Day,
) -> diesel::QueryResult<usize> {
    diesel::sql_query(sql).bind::<Array<SqlUuid>, _>(councils).bind::<Date, _>(day).execute(conn).await
}

impl DatedTable {
    fn end_statement(&self) -> String {
        let Self { name, of, until, .. } = self;
        format!("UPDATE {name} SET {until} = $2 WHERE {of} AND COALESCE({until} > $2, true)")
    }

    fn delete_statement(&self) -> String {
        let Self { name, of, from, .. } = self;
        format!("DELETE FROM {name} WHERE {of} AND {from} >= $2")
    }
}

/// Creates the new council of a successor, or updates its existing council. Returns the council's
/// id.
async fn write_successor(
    conn: &mut AsyncPgConnection,
    new: &NewReorganisation,
    successor: &NewSuccessor,
) -> Result<Uuid, Error> {
    let day = new.reorganised_on;
    let member =
        successor.is_member.unwrap_or(true).then_some(Membership { member_from: day, member_until: None });
    let predecessors = successor
        .links(&new.predecessor_ids, new.kind)
        .into_iter()
        .map(|(predecessor_id, kind)| Some(Predecessor { predecessor_id, kind: kind?, succeeded_on: day }));
    let predecessors = predecessors.collect::<Option<Vec<_>>>();
    let predecessors = predecessors.ok_or_else(|| Error::Internal("a succession has no kind".into()))?;
    match (&successor.council, successor.council_id) {
        (Some(council), _) => {
            Ok(councils::queries::create(conn, &to_new_council(council, day, member, predecessors)).await?.id)
        }
        (None, Some(id)) => {
            let council = councils::queries::get(conn, id).await?;
            let patch = to_patch(&council, day, member, predecessors)?;
            Ok(councils::queries::update(conn, id, &[council.version], &patch).await?.id)
        }
        (None, None) => Err(Error::Internal("a successor has no council".into())),
    }
}

fn to_new_council(
    council: &SuccessorCouncil,
    day: Day,
    member: Option<Membership>,
    predecessors: Vec<Predecessor>,
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
        predecessors: Some(predecessors),
    }
}

/// Returns the changes to an existing council that becomes a successor: its membership and its
/// predecessors.
fn to_patch(
    council: &Council,
    day: Day,
    member: Option<Membership>,
    predecessors: Vec<Predecessor>,
) -> Result<CouncilPatch, Error> {
    if !ranges::contains((council.exists_from, council.exists_until), day) {
        return Err(obstructed(Vec::new()));
    }
    let is_member = |m: &Membership| ranges::contains((Some(m.member_from), m.member_until), day);
    let joins = member.filter(|_| !council.memberships.iter().any(is_member));
    let memberships = joins.map(|joins| {
        // The new membership replaces memberships that begin on the day of the reorganisation or
        // later.
        let before = council.memberships.iter().filter(|m| m.member_from < day).cloned();
        before.chain([joins]).collect()
    });
    let predecessors = council.predecessors.iter().cloned().chain(predecessors).collect();
    Ok(CouncilPatch { memberships, predecessors: Some(predecessors), ..CouncilPatch::default() })
}

fn list_seats(
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

/// Returns an error that lists every obstacle to the reorganisation. Returns `error`, which names
/// the first obstacle only, if the query finds none.
async fn list_obstacles(
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
    Ok(obstructed(field_errors))
}

fn obstructed(obstacles: Vec<FieldError>) -> Error {
    let detail = "Existing records conflict with the reorganisation, so nothing was changed. `errors` lists the conflicts.";
    Error::Conflict { code: "conflicting_records", detail: detail.into(), field_errors: obstacles }
}
