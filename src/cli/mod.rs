//! The command line: thin over the library.

mod accounts;
mod database;
mod descriptors;
mod installation;
mod keys;
mod listen;
mod openapi;
mod serve;
mod telemetry;
mod token;
mod transfer;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::policy::Role;
use crate::values::UnknownColumns;
use crate::web::PERSONAL_DATA;

/// What a command fails with: one clear line.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Outturn keeps a performance framework and derives every figure from the records below it.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the database up to date and serve the API until interrupted
    Serve {
        /// Import this directory first if the database is empty
        #[arg(long, value_name = "DIR")]
        sample: Option<PathBuf>,
    },
    /// Bring the database up to date
    Migrate,
    /// Read a directory of CSV files into the database: all of it, or nothing
    Import {
        /// The directory
        dir: PathBuf,
        /// What becomes of columns that are not known: refuse, or ignore
        #[arg(long, value_name = "WHAT", default_value_t = UnknownColumns::Refuse)]
        unknown_columns: UnknownColumns,
    },
    /// Write the database into a directory of CSV files
    Export {
        /// The directory
        dir: PathBuf,
    },
    /// Print the OpenAPI document
    Openapi {
        /// Compare it with the committed file instead, and fail when they differ
        #[arg(long)]
        check: bool,
        /// Write the committed file instead
        #[arg(long, conflicts_with = "check")]
        write: bool,
    },
    /// Print the table of who may do what, as docs/policy.md has it
    Policy,
    /// Enter, list and revoke the accounts of clients and users
    Accounts {
        #[command(subcommand)]
        action: accounts::Action,
    },
    /// Look after the keys that sign tokens
    Keys {
        #[command(subcommand)]
        action: KeysAction,
    },
    /// Print an access token, and nothing else
    Token {
        /// What the bearer is
        #[arg(long)]
        role: Role,
        /// The council the bearer speaks for, by GSS code; once for each council
        #[arg(long, value_name = "GSS")]
        council: Vec<String>,
        /// How long the token holds: 15m, 900s, at most 24h
        #[arg(long, default_value = "15m", value_parser = ttl)]
        ttl: Duration,
        /// Who the bearer is, for the log
        #[arg(long, default_value = "command-line")]
        subject: String,
        /// Create the installation where the data directory has none
        #[arg(long)]
        init: bool,
    },
}

#[derive(Debug, Subcommand)]
enum KeysAction {
    /// Make a new signing key, and check that the running server takes it up
    Rotate {
        /// Sign with it at once and drop every earlier key: all tokens that are out end
        #[arg(long)]
        now: bool,
    },
    /// Make webhooks' secrets of the key that is here from now on; each receiver then needs a new one
    Webhooks,
}

/// A token made at the console may outlast the fifteen minutes of one that is handed out over the API.
const LONGEST_TTL: Duration = Duration::from_secs(24 * 60 * 60);

fn ttl(text: &str) -> Result<Duration, String> {
    let time = text.parse().map(Duration::from_secs).or_else(|_| humantime::parse_duration(text));
    match time {
        Ok(time) if !time.is_zero() && time <= LONGEST_TTL => Ok(time),
        _ => Err("a time from 1s to 24h, such as 15m".into()),
    }
}

/// Runs the command that the process was given.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match execute(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("outturn: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> Result<(), Failure> {
    match command {
        Command::Openapi { check, write } => openapi::run(check, write),
        Command::Policy => {
            print!("{}", crate::policy::markdown());
            Ok(())
        }
        Command::Serve { sample } => serve::run(&configured()?, sample.as_deref()),
        Command::Migrate => {
            let config = configured()?;
            let database = database::Database::open(&config)?;
            let ran = database::block_on(database.migrate())?;
            println!("{ran} migrations run");
            Ok(())
        }
        Command::Accounts { action } => {
            on_installation(Acts::OnDatabase, action.may_init(), |config| accounts::run(config, action))
        }
        Command::Keys { action: KeysAction::Rotate { now } } => {
            on_installation(Acts::OnKeys, false, |config| keys::rotate(config, now))
        }
        Command::Keys { action: KeysAction::Webhooks } => {
            on_installation(Acts::OnKeys, false, keys::take_webhooks)
        }
        Command::Import { dir, unknown_columns } => transfer::import(&configured()?, &dir, unknown_columns),
        Command::Export { dir } => transfer::export(&configured()?, &dir),
        Command::Token { role, council, ttl, subject, init } => {
            on_installation(Acts::OnKeys, init, |config| token::run(config, role, &council, ttl, &subject))
        }
    }
}

/// What a command acts on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Acts {
    /// The keys in the data directory.
    OnKeys,
    /// The database alone, which DATABASE_URL may name.
    OnDatabase,
}

/// Runs a command that makes sense only for the server that was meant, and prints which that was.
fn on_installation(
    acts: Acts,
    init: bool,
    command: impl FnOnce(&Config) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let config = configured()?;
    if acts == Acts::OnKeys || config.database_url.is_none() {
        installation::check(&config, init)?;
    }
    command(&config)?;
    installation::name(&config);
    Ok(())
}

/// What the HTTP library calls an error is a caller's: a request that is no HTTP, which it has answered.
const CALLERS_FAULTS: &str = "actix_http::h1::dispatcher=off";

/// The configuration, with logging set up as it says; who read names is logged whatever it says.
fn configured() -> Result<Config, Failure> {
    let config = Config::from_env()?;
    let filter = EnvFilter::new(format!("{CALLERS_FAULTS},{},{PERSONAL_DATA}=info", config.log));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    // A panic is a line of the log as well, with the request it belongs to.
    std::panic::set_hook(Box::new(|panic| tracing::error!(cause = %panic, "a thread panicked")));
    Ok(config)
}
