//! Who acts: the change log takes it from a setting of the session or the transaction, and nothing is written without.

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use super::Error;
use super::transaction::is_in_transaction;
use crate::values::text_enum;

text_enum! {
    /// What acts.
    pub enum ActorKind {
        /// A system with an account.
        Client = "client",
        /// A person with an account.
        User = "user",
        /// Whoever made a token at the console.
        Console = "console",
        /// Somebody whom another identity provider knows.
        Outside = "outside",
        /// Whoever runs the program's commands.
        Operator = "operator",
    }
}

/// Who writes, and in doing what.
#[derive(Debug, Clone, Serialize)]
pub struct Actor {
    /// What acts.
    pub kind: ActorKind,
    /// Its account, if it has one.
    pub account: Option<Uuid>,
    /// What it is known by: a client's name, a person's id.
    pub name: String,
    /// The operation's id, or the command.
    pub operation: String,
    /// The request's id, if there is a request.
    pub request_id: Option<String>,
}

#[derive(QueryableByName)]
struct Condition {
    #[diesel(sql_type = Bool)]
    is_true: bool,
}

impl Actor {
    /// Whoever runs a command of the program, by the name the machine knows.
    pub fn operator(name: String, command: &str) -> Self {
        Self {
            kind: ActorKind::Operator,
            account: None,
            name,
            operation: command.to_owned(),
            request_id: None,
        }
    }

    /// Acts from now on: until the transaction ends, or without one on this connection.
    pub async fn acts(&self, conn: &mut AsyncPgConnection) -> Result<(), Error> {
        self.acts_and_evaluates(conn, "true").await.map(drop)
    }

    /// Acts from now on, and returns whether an SQL condition is true. Both are one statement.
    pub(super) async fn acts_and_evaluates(
        &self,
        conn: &mut AsyncPgConnection,
        condition: &'static str,
    ) -> Result<bool, Error> {
        let is_local = is_in_transaction(conn);
        let setting = serde_json::to_string(self).map_err(|error| Error::Internal(error.to_string()))?;
        let sql = format!("SELECT set_config('outturn.actor', $1, $2), {condition} AS is_true");
        let found: Condition = diesel::sql_query(sql)
            .bind::<Text, _>(setting)
            .bind::<Bool, _>(is_local)
            .get_result(conn)
            .await?;
        Ok(found.is_true)
    }
}
