//! The command line of the program.

mod accounts;
mod database;
mod descriptors;
mod error;
mod installation;
mod keys;
mod listen;
mod log;
mod openapi;
mod serve;
mod token;
mod trace_export;
mod transfer;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use self::error::CommandError;
use crate::access::Role;
use crate::config::Config;
use crate::values::UnknownColumns;
use crate::values::day::set_time_zone;
use crate::web::PERSONAL_DATA;

/// Outturn stores a performance framework and derives every figure from its records.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Apply the migrations and serve the API until interrupted
    Serve {
        /// The directory to import first, if the database is empty
        #[arg(long, value_name = "DIR")]
        sample: Option<PathBuf>,
    },
    /// Apply the migrations
    Migrate,
    /// Import a directory of CSV files. If there is an error, nothing is imported
    Import {
        /// The directory with the CSV files
        dir: PathBuf,
        /// What to do with unknown columns of the CSV files: refuse or ignore
        #[arg(long, value_name = "WHAT", default_value_t = UnknownColumns::Refuse)]
        unknown_columns: UnknownColumns,
    },
    /// Export the database to a directory of CSV files
    Export {
        /// The directory for the CSV files
        dir: PathBuf,
    },
    /// Print the OpenAPI document
    Openapi {
        /// Compare the document with the committed file instead of printing it, and fail if they
        /// differ
        #[arg(long)]
        check: bool,
        /// Update the committed file instead of printing the document
        #[arg(long, conflicts_with = "check")]
        write: bool,
    },
    /// Print the access policy, in the format of docs/policy.md
    Policy,
    /// Create, list and revoke accounts of clients and users
    Accounts {
        #[command(subcommand)]
        action: accounts::Action,
    },
    /// Manage the signing keys and the key from which webhook secrets are derived
    Keys {
        #[command(subcommand)]
        action: KeysAction,
    },
    /// Print an access token, and nothing else
    Token {
        /// The role of the token's bearer
        #[arg(long)]
        role: Role,
        /// The GSS code of a council for which the bearer acts; repeat it for each council
        #[arg(long, value_name = "GSS")]
        council: Vec<String>,
        /// The lifetime of the token, such as 15m or 900s, at most 24h
        #[arg(long, default_value = "15m", value_parser = ttl)]
        ttl: Duration,
        /// The name of the bearer, for the log
        #[arg(long, default_value = "command-line")]
        subject: String,
        /// Create the installation in the data directory if it has none
        #[arg(long)]
        init: bool,
    },
}

#[derive(Debug, Subcommand)]
enum KeysAction {
    /// Create a signing key, and check that the running server publishes it
    Rotate {
        /// Sign with the new key at once and delete every earlier key. All earlier tokens are then
        /// refused
        #[arg(long)]
        now: bool,
    },
    /// From now on, derive webhook secrets from the key in the data directory. Each receiver then
    /// needs a new secret
    Webhooks,
}

/// Maximum lifetime of a token that is created on the command line. Tokens of the API are valid for
/// fifteen minutes.
const MAX_TTL: Duration = Duration::from_secs(24 * 60 * 60);

fn ttl(text: &str) -> Result<Duration, String> {
    let time = text.parse().map(Duration::from_secs).or_else(|_| humantime::parse_duration(text));
    match time {
        Ok(time) if !time.is_zero() && time <= MAX_TTL => Ok(time),
        _ => Err("the time must be from 1s to 24h, such as 15m".into()),
    }
}

pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let result = execute(arguments.command);
    log::finish();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("outturn: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> Result<(), CommandError> {
    match command {
        Command::Openapi { check, write } => openapi::run(check, write),
        Command::Policy => {
            print!("{}", crate::policy::rules().markdown());
            Ok(())
        }
        Command::Serve { sample } => serve::run(&load_config()?, sample.as_deref()),
        Command::Migrate => {
            let config = load_config()?;
            let database = database::Database::open(&config)?;
            let ran = database::block_on(database.migrate())?;
            println!("{ran} migrations run");
            Ok(())
        }
        Command::Accounts { action } => {
            run_on_installation(Resource::Database, action.may_init(), |config| accounts::run(config, action))
        }
        Command::Keys { action: KeysAction::Rotate { now } } => {
            run_on_installation(Resource::Keys, false, |config| keys::rotate(config, now))
        }
        Command::Keys { action: KeysAction::Webhooks } => {
            run_on_installation(Resource::Keys, false, keys::adopt_webhook_key)
        }
        Command::Import { dir, unknown_columns } => transfer::import(&load_config()?, &dir, unknown_columns),
        Command::Export { dir } => transfer::export(&load_config()?, &dir),
        Command::Token { role, council, ttl, subject, init } => {
            run_on_installation(Resource::Keys, init, |config| {
                token::run(config, role, &council, ttl, &subject)
            })
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Resource {
    Keys,
    /// Only the database, which may be the database of `DATABASE_URL`.
    Database,
}

/// Checks the installation, runs the command, and prints which installation it used.
fn run_on_installation(
    resource: Resource,
    init: bool,
    command: impl FnOnce(&Config) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let config = load_config()?;
    if resource == Resource::Keys || config.database_url.is_none() {
        installation::check(&config, init)?;
    }
    command(&config)?;
    installation::name(&config);
    Ok(())
}

/// A log filter that turns off the error log of the HTTP library's dispatcher. That log reports
/// invalid HTTP requests, to which the library has already responded.
const NO_CLIENT_ERRORS: &str = "actix_http::h1::dispatcher=off";

/// Reads the configuration, and sets up the time zone and logging. Disclosures of names of persons
/// are logged with every log filter.
fn load_config() -> Result<Config, CommandError> {
    let config = Config::from_env()?;
    set_time_zone(config.time_zone);
    let filter = EnvFilter::new(format!("{NO_CLIENT_ERRORS},{},{PERSONAL_DATA}=info", config.log));
    log::start(filter);
    // The log line of a panic is in the span of the request.
    std::panic::set_hook(Box::new(|panic| tracing::error!(cause = %panic, "a thread panicked")));
    Ok(config)
}
