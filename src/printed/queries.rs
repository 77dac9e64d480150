//! The statement that only the document needs.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::{Date, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::Error;
use crate::values::{Day, Prose};

/// What somebody told in words about a target.
#[derive(Debug, Clone, QueryableByName)]
#[allow(missing_docs, reason = "the columns of progress, which say what they are")]
pub struct NarrativeFact {
    #[diesel(sql_type = SqlUuid)]
    pub target_id: Uuid,
    #[diesel(sql_type = Date)]
    pub occurred_on: Day,
    #[diesel(sql_type = Text)]
    pub text: Prose,
}

/// What is told in words about a framework's targets by a day, by target, the oldest first.
pub async fn narratives(
    conn: &mut AsyncPgConnection,
    framework: Uuid,
    as_at: Day,
) -> Result<HashMap<Uuid, Vec<NarrativeFact>>, Error> {
    let statement = diesel::sql_query(include_str!("sql/narratives.sql"));
    let found: Vec<NarrativeFact> =
        statement.bind::<SqlUuid, _>(framework).bind::<Date, _>(as_at).load(conn).await?;
    let mut by_target: HashMap<Uuid, Vec<NarrativeFact>> = HashMap::new();
    for fact in found {
        by_target.entry(fact.target_id).or_default().push(fact);
    }
    Ok(by_target)
}
