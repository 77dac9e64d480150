//! SQL statements that only the report needs.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Bool, Date, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::Error;
use crate::meetings::model::{DatePrecision, MeetingStatus};
use crate::values::{Day, MeetingKind, Prose, Title};

#[derive(Debug, Clone, QueryableByName)]
pub struct NarrativeFact {
    #[diesel(sql_type = SqlUuid)]
    pub target_id: Uuid,
    #[diesel(sql_type = Date)]
    pub occurred_on: Day,
    #[diesel(sql_type = Text)]
    pub text: Prose,
}

#[derive(Debug, Clone, QueryableByName)]
pub struct ActionMeeting {
    #[diesel(sql_type = SqlUuid)]
    pub action_id: Uuid,
    #[diesel(sql_type = Text)]
    pub kind: MeetingKind,
    #[diesel(sql_type = Text)]
    pub title: Title,
    #[diesel(sql_type = Date)]
    pub held_on: Day,
    #[diesel(sql_type = Text)]
    pub date_precision: DatePrecision,
    #[diesel(sql_type = Text)]
    pub status: MeetingStatus,
    #[diesel(sql_type = Bool)]
    pub constructed: bool,
    #[diesel(sql_type = Bool)]
    pub is_ahead: bool,
}

#[derive(Debug, QueryableByName)]
struct ConstructedFact {
    #[diesel(sql_type = SqlUuid)]
    target_id: Uuid,
    #[diesel(sql_type = BigInt)]
    registers: i64,
}

/// Returns the narratives about a framework's targets, by the target's id, the oldest first. Leaves
/// out narratives that are dated after `as_at`.
pub async fn narratives(
    conn: &mut AsyncPgConnection,
    framework: Uuid,
    as_at: Day,
) -> Result<HashMap<Uuid, Vec<NarrativeFact>>, Error> {
    let found: Vec<NarrativeFact> = load(conn, include_str!("sql/narratives.sql"), framework, as_at).await?;
    Ok(group_by_owner(found, |fact| fact.target_id))
}

/// Returns the meetings that count for a framework's actions, by the action's id, the oldest first.
pub async fn meetings(
    conn: &mut AsyncPgConnection,
    framework: Uuid,
    as_at: Day,
) -> Result<HashMap<Uuid, Vec<ActionMeeting>>, Error> {
    let found: Vec<ActionMeeting> =
        load(conn, include_str!("sql/action_meetings.sql"), framework, as_at).await?;
    Ok(group_by_owner(found, |meeting| meeting.action_id))
}

/// Returns how many of the registers that a target counts by `as_at` were constructed, by the
/// target's id.
pub async fn constructed_registers(
    conn: &mut AsyncPgConnection,
    framework: Uuid,
    as_at: Day,
) -> Result<HashMap<Uuid, i64>, Error> {
    let found: Vec<ConstructedFact> =
        load(conn, include_str!("sql/constructed_registers.sql"), framework, as_at).await?;
    Ok(found.into_iter().map(|fact| (fact.target_id, fact.registers)).collect())
}

async fn load<Fact: QueryableByName<Pg> + Send + 'static>(
    conn: &mut AsyncPgConnection,
    sql: &'static str,
    framework: Uuid,
    as_at: Day,
) -> Result<Vec<Fact>, Error> {
    let statement = diesel::sql_query(sql).bind::<SqlUuid, _>(framework).bind::<Date, _>(as_at);
    Ok(statement.load(conn).await?)
}

fn group_by_owner<Fact>(facts: Vec<Fact>, owner: impl Fn(&Fact) -> Uuid) -> HashMap<Uuid, Vec<Fact>> {
    let mut by_owner: HashMap<Uuid, Vec<Fact>> = HashMap::new();
    for fact in facts {
        by_owner.entry(owner(&fact)).or_default().push(fact);
    }
    by_owner
}
