//! The actor of a write. The change log reads the actor from a setting of the session or
//! transaction, and refuses writes without an actor.

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use super::transaction::{TransactionEnd, begin, commit_or_rollback, is_in_transaction, rollback};
use super::{Error, Statement};
use crate::values::text_enum;

text_enum! {
    /// Who made a change: a system, a person or an operator.
    pub enum ActorKind {
        /// An external system with an account.
        Client = "client",
        /// A person with an account.
        User = "user",
        /// The holder of a token that was created on the command line.
        Console = "console",
        /// A person or system that an external identity provider authenticates.
        Outside = "outside",
        /// An operator who runs a command of the program on the server's machine.
        Operator = "operator",
    }
}

/// The person or system that writes, and the operation that makes the change.
#[derive(Debug, Clone, Serialize)]
pub struct Actor {
    pub kind: ActorKind,
    /// The actor's account. `None` for an operator and for a token of the command line.
    pub account: Option<Uuid>,
    /// The name of the actor in the change log. This is a client's name or a person's id.
    pub name: String,
    pub operation: String,
    pub request_id: Option<String>,
}

#[derive(QueryableByName)]
struct Condition {
    #[diesel(sql_type = Bool)]
    is_true: bool,
}

impl Actor {
    /// Creates the actor for a command of the program. `name` is the operating system's user name.
    pub fn operator(name: String, command: &str) -> Self {
        Self {
            kind: ActorKind::Operator,
            account: None,
            name,
            operation: command.to_owned(),
            request_id: None,
        }
    }

    /// Sets the actor that the change log records, until the transaction ends. Outside a
    /// transaction, sets the actor until the connection closes.
    pub async fn acts(&self, conn: &mut AsyncPgConnection) -> Result<(), Error> {
        self.acts_and_evaluates(conn, "true").await.map(drop)
    }

    /// Sets the actor that the change log records, and returns the value of an SQL condition. Uses
    /// one statement.
    async fn acts_and_evaluates(
        &self,
        conn: &mut AsyncPgConnection,
        condition: &'static str,
    ) -> Result<bool, Error> {
        let is_local = is_in_transaction(conn);
        let setting = serde_json::to_string(self).map_err(|error| Error::Internal(error.to_string()))?;
        let sql = format!("SELECT set_config('outturn.actor', $1, $2), {condition} AS is_true");
        let row: Condition =
            Statement::new(sql).bind::<Text, _>(setting).bind::<Bool, _>(is_local).get_result(conn).await?;
        Ok(row.is_true)
    }
}

/// Runs work in a transaction that may write, which the statement `sql` begins. The change log
/// records the actor. The work receives the value of the SQL condition at the start of the
/// transaction.
pub(super) async fn write_as<T>(
    conn: &mut AsyncPgConnection,
    sql: &str,
    actor: &Actor,
    condition: &'static str,
    work: impl AsyncFnOnce(&mut AsyncPgConnection, bool) -> Result<TransactionEnd<T>, Error>,
) -> Result<T, Error> {
    begin(conn, sql).await?;
    let end = match actor.acts_and_evaluates(conn, condition).await {
        Ok(is_true) => work(conn, is_true).await,
        Err(error) => Err(error),
    };
    let result = match end {
        Ok(TransactionEnd::Rollback(value)) => {
            rollback(conn).await;
            return Ok(value);
        }
        Ok(TransactionEnd::Commit(value)) => Ok(value),
        Err(error) => Err(error),
    };
    commit_or_rollback(conn, result).await
}
