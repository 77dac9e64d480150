//! The command `outturn accounts`. It creates the first administrator, because the API requires an
//! existing administrator.

use std::fs;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;

use clap::Subcommand;
use diesel_async::AsyncPgConnection;
use serde_json::{Value, json};
use uuid::Uuid;
use validator::Validate;

use super::database::{Database, block_on};
use super::error::CommandError;
use super::token::find_councils;
use crate::access::Role;
use crate::accounts::model::{AccountFilter, NewAccount};
use crate::accounts::queries;
use crate::config::Config;
use crate::db::PageRequest;
use crate::openapi;
use crate::values::FieldError;
use crate::web::Contracts;
use crate::web::body::rule_field_errors;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Create an account. For a client without public keys, the secret is printed once. The
    /// password of a user is asked for twice on a terminal, otherwise read from standard input
    Create(Create),
    /// List the accounts that are not revoked
    List,
    /// Revoke an account. Its tokens are then refused from the next request on
    Revoke {
        /// The id of the account
        id: Uuid,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// Create a user instead of a client
    #[arg(long, requires = "email")]
    user: bool,
    /// The role of the account
    #[arg(long)]
    role: Role,
    /// The name of the account
    #[arg(long)]
    name: String,
    /// The e-mail address of a user
    #[arg(long, requires = "user")]
    email: Option<String>,
    /// The GSS code of a council to which the account belongs; repeat it for each council
    #[arg(long, value_name = "GSS")]
    council: Vec<String>,
    /// The external system whose ids a client writes
    #[arg(long, conflicts_with = "user")]
    system: Option<String>,
    /// A file with a client's public keys (a JSON Web Key Set). The client then authenticates with
    /// them instead of a secret
    #[arg(long, value_name = "FILE", conflicts_with = "user")]
    jwks: Option<PathBuf>,
    /// Create the installation in the data directory if it has none
    #[arg(long)]
    init: bool,
}

impl Action {
    pub(super) const fn may_init(&self) -> bool {
        matches!(self, Self::Create(Create { init: true, .. }))
    }
}

pub(super) fn run(config: &Config, action: Action) -> Result<(), CommandError> {
    match action {
        Action::Create(create) => create_account(config, &create),
        Action::List => list(config),
        Action::Revoke { id } => revoke(config, id),
    }
}

fn create_account(config: &Config, create: &Create) -> Result<(), CommandError> {
    let council_ids =
        if create.council.is_empty() { Vec::new() } else { find_councils(config, &create.council)? };
    let new = parse_account(create.body(&council_ids)?)?;
    let secret = new.fresh_secret()?;
    let database = Database::open(config)?;
    let account = block_on(async {
        database.migrate().await?;
        let hash = new.hash(secret.as_ref()).await.map_err(to_command_error)?;
        let create = async |conn: &mut AsyncPgConnection| {
            queries::create(conn, &new, hash.as_deref()).await.map_err(to_command_error)
        };
        database.run("accounts create", create).await
    })?;
    println!("id {}", account.id);
    if let Some(secret) = secret {
        println!("secret {}", secret.reveal());
    }
    Ok(())
}

impl Create {
    /// Returns the body of the API request that creates the same account as this command.
    fn body(&self, council_ids: &[Uuid]) -> Result<Value, CommandError> {
        let mut body = json!({ "kind": "client", "name": self.name, "role": self.role,
            "email": self.email, "system": self.system, "council_ids": council_ids });
        if let Some(file) = &self.jwks {
            let read = || serde_json::from_slice(&fs::read(file)?).map_err(std::io::Error::from);
            body["jwks"] = read().map_err(|error| format!("{}: {error}", file.display()))?;
        }
        if self.user {
            body["kind"] = json!("user");
            body["password"] = json!(password()?);
        }
        Ok(body)
    }
}

/// Reads a password. On a terminal, asks for it twice without echo. Otherwise reads the first line
/// of standard input.
fn password() -> Result<String, CommandError> {
    let mut input = std::io::stdin();
    if !input.is_terminal() {
        let mut typed = String::new();
        input.read_to_string(&mut typed)?;
        return Ok(typed.lines().next().unwrap_or_default().to_owned());
    }
    let password = rpassword::prompt_password("Password: ")?;
    if password == rpassword::prompt_password("Repeat the password: ")? {
        Ok(password)
    } else {
        Err("the two passwords differ".into())
    }
}

/// Validates and parses the body of a request that creates an account, as the API does.
fn parse_account(mut body: Value) -> Result<NewAccount, CommandError> {
    let contracts = Contracts::compile(&openapi::document())?;
    let contract = contracts.of("createAccount").ok_or("createAccount has no request schema")?;
    let field_errors = contract.check_body(&mut body);
    if !field_errors.is_empty() {
        return Err(join_field_errors(&field_errors));
    }
    let new: NewAccount = serde_json::from_value(body)?;
    new.validate().map_err(|errors| join_field_errors(&rule_field_errors(&errors)))?;
    Ok(new)
}

fn to_command_error(error: crate::db::Error) -> CommandError {
    match error {
        crate::db::Error::Conflict { field_errors, .. } | crate::db::Error::Invalid(field_errors)
            if !field_errors.is_empty() =>
        {
            join_field_errors(&field_errors)
        }
        error => error.into(),
    }
}

fn join_field_errors(field_errors: &[FieldError]) -> CommandError {
    let text =
        |error: &FieldError| format!("{}: {}", error.location().trim_start_matches("#/"), error.detail);
    field_errors.iter().map(text).collect::<Vec<_>>().join("; ").into()
}

fn list(config: &Config) -> Result<(), CommandError> {
    let database = Database::open(config)?;
    let filter = AccountFilter { kind: None, role: None, council_id: None, sort: None };
    let accounts = block_on(async {
        database.migrate().await?;
        let all = PageRequest { limit: i64::MAX - 1, after: None, updated_since: None };
        database.read(async |conn| Ok(queries::list(conn, &filter, &all).await?)).await
    })?;
    for account in accounts {
        println!("{} {} {} {}", account.id, account.kind, account.role.as_str(), account.name);
    }
    Ok(())
}

fn revoke(config: &Config, id: Uuid) -> Result<(), CommandError> {
    let database = Database::open(config)?;
    block_on(async {
        database.migrate().await?;
        let revoke = async |conn: &mut AsyncPgConnection| {
            let account = queries::get(conn, id).await.map_err(|_| "no unrevoked account has this id")?;
            Ok(queries::revoke(conn, id, &[account.version]).await?)
        };
        database.run("accounts revoke", revoke).await?;
        println!("revoked");
        Ok(())
    })
}
