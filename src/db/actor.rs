//! Who acts: the change log takes it from a setting of the session or the transaction, and nothing is written without.

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
        let is_local = is_in_transaction(conn);
        let setting = serde_json::to_string(self).map_err(|error| Error::Internal(error.to_string()))?;
        diesel::sql_query("SELECT set_config('outturn.actor', $1, $2)")
            .bind::<Text, _>(setting)
            .bind::<Bool, _>(is_local)
            .execute(conn)
            .await?;
        Ok(())
    }
}
