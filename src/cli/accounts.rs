//! `outturn accounts`: the first administrator is made here, for over the API only another could make one.

use std::fs;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;

use clap::Subcommand;
use diesel_async::AsyncPgConnection;
use serde_json::{Value, json};
use uuid::Uuid;
use validator::Validate;

use super::Failure;
use super::database::{Database, block_on};
use super::token::councils;
use crate::accounts::model::{AccountFilter, NewAccount};
use crate::accounts::queries;
use crate::api;
use crate::config::Config;
use crate::db::Window;
use crate::policy::Role;
use crate::values::Fault;
use crate::web::Contracts;
use crate::web::body::rule_faults;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Enter an account: a client, whose secret (if it has no keys) is printed once, or a user, whose password is asked for twice, or read from standard input where that is no terminal
    Create(Create),
    /// Print the accounts that are not revoked
    List,
    /// Revoke an account: its tokens are refused from the next request on
    Revoke {
        /// Its id
        id: Uuid,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// A person instead of a system
    #[arg(long, requires = "email")]
    user: bool,
    /// What it may do
    #[arg(long)]
    role: Role,
    /// Its name
    #[arg(long)]
    name: String,
    /// Where to write to a user
    #[arg(long, requires = "user")]
    email: Option<String>,
    /// The council it speaks for, by GSS code; once for each council
    #[arg(long, value_name = "GSS")]
    council: Vec<String>,
    /// The system whose external ids a client writes
    #[arg(long, conflicts_with = "user")]
    system: Option<String>,
    /// A file with a client's public keys (a JSON Web Key Set), with which it proves itself instead of by a secret
    #[arg(long, value_name = "FILE", conflicts_with = "user")]
    jwks: Option<PathBuf>,
    /// Create the installation where the data directory has none
    #[arg(long)]
    init: bool,
}

impl Action {
    /// Whether the action may create an installation.
    pub(super) const fn may_init(&self) -> bool {
        matches!(self, Self::Create(Create { init: true, .. }))
    }
}

pub(super) fn run(config: &Config, action: Action) -> Result<(), Failure> {
    match action {
        Action::Create(create) => enter(config, &create),
        Action::List => list(config),
        Action::Revoke { id } => revoke(config, id),
    }
}

fn enter(config: &Config, create: &Create) -> Result<(), Failure> {
    let council_ids = if create.council.is_empty() { Vec::new() } else { councils(config, &create.council)? };
    let new = checked(create.body(&council_ids)?)?;
    let secret = new.fresh_secret()?;
    let database = Database::open(config)?;
    let account = block_on(async {
        database.migrate().await?;
        let hash = new.hash(secret.as_ref()).await.map_err(explained)?;
        let create = async |conn: &mut AsyncPgConnection| {
            queries::create(conn, &new, hash.as_deref()).await.map_err(explained)
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
    /// The body that would create it over the API.
    fn body(&self, council_ids: &[Uuid]) -> Result<Value, Failure> {
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

/// Asks for a password twice without echo on a terminal; elsewhere it is the first line of standard input.
fn password() -> Result<String, Failure> {
    let mut input = std::io::stdin();
    if !input.is_terminal() {
        let mut typed = String::new();
        input.read_to_string(&mut typed)?;
        return Ok(typed.lines().next().unwrap_or_default().to_owned());
    }
    let password = rpassword::prompt_password("Password: ")?;
    if password == rpassword::prompt_password("The same again: ")? {
        Ok(password)
    } else {
        Err("the two passwords differ".into())
    }
}

/// The body as an account, held to what the API holds it to.
fn checked(mut body: Value) -> Result<NewAccount, Failure> {
    let contracts = Contracts::compile(&api::document())?;
    let contract = contracts.of("createAccount").ok_or("no contract")?;
    let faults = contract.check_body(&mut body);
    if !faults.is_empty() {
        return Err(line(&faults));
    }
    let new: NewAccount = serde_json::from_value(body)?;
    new.validate().map_err(|errors| line(&rule_faults(&errors)))?;
    Ok(new)
}

fn explained(error: crate::db::Error) -> Failure {
    match error {
        crate::db::Error::Conflict { faults, .. } | crate::db::Error::Invalid(faults)
            if !faults.is_empty() =>
        {
            line(&faults)
        }
        error => error.into(),
    }
}

fn line(faults: &[Fault]) -> Failure {
    let say = |fault: &Fault| format!("{}: {}", fault.location().trim_start_matches("#/"), fault.detail);
    faults.iter().map(say).collect::<Vec<_>>().join("; ").into()
}

fn list(config: &Config) -> Result<(), Failure> {
    let database = Database::open(config)?;
    let filter = AccountFilter { kind: None, role: None, council_id: None, sort: None };
    let accounts = block_on(async {
        database.migrate().await?;
        let all = Window { limit: i64::MAX - 1, after: None, updated_since: None };
        database.read(async |conn| Ok(queries::list(conn, &filter, &all).await?)).await
    })?;
    for account in accounts {
        println!("{} {} {} {}", account.id, account.kind, account.role.as_str(), account.name);
    }
    Ok(())
}

fn revoke(config: &Config, id: Uuid) -> Result<(), Failure> {
    let database = Database::open(config)?;
    block_on(async {
        database.migrate().await?;
        let revoke = async |conn: &mut AsyncPgConnection| {
            let account = queries::get(conn, id).await.map_err(|_| "no such account, or it is revoked")?;
            Ok(queries::revoke(conn, id, &[account.version]).await?)
        };
        database.run("accounts revoke", revoke).await?;
        println!("revoked");
        Ok(())
    })
}
