//! The installation that a command uses. It is the data directory of a server, with the issuer and
//! the audience of the server's tokens.

use std::fs;
use std::io::ErrorKind;

use serde::{Deserialize, Serialize};

use super::error::CommandError;
use super::keys;
use crate::config::Config;

/// Name of the file with the issuer and the audience, in the directory of signing keys.
const FILE: &str = "issuer.json";

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Installation {
    issuer: String,
    audience: String,
}

impl Installation {
    fn of(config: &Config) -> Self {
        Self { issuer: config.issuer.clone(), audience: config.audience.clone() }
    }
}

/// Writes the file with the issuer and the audience when a server starts.
pub(super) fn record(config: &Config) -> Result<(), CommandError> {
    let path = keys::create_directory(config)?.join(FILE);
    let text = serde_json::to_vec(&Installation::of(config))?;
    if fs::read(&path).is_ok_and(|known| known == text) {
        return Ok(());
    }
    let fresh = keys::write_private_file(&path.with_extension("new"), &text)?;
    fs::rename(&fresh, &path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Fails unless the data directory contains an installation with the configured issuer and
/// audience. With `init`, creates the installation if none exists.
pub(super) fn check(config: &Config, init: bool) -> Result<(), CommandError> {
    let dir = config.data_dir.display();
    let path = config.data_dir.join("keys").join(FILE);
    let known: Installation = match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))?,
        Err(error) if error.kind() == ErrorKind::NotFound && init => return record(config),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(format!(
                "no server has used the data directory {dir}. Set OUTTURN_DATA_DIR to the server's data directory, or create an \
                 installation in {dir} with --init"
            )
            .into());
        }
        Err(error) => return Err(format!("{}: {error}", path.display()).into()),
    };
    let given = Installation::of(config);
    for (variable, known, given) in [
        ("OUTTURN_ISSUER", &known.issuer, &given.issuer),
        ("OUTTURN_AUDIENCE", &known.audience, &given.audience),
    ] {
        if known != given {
            return Err(format!(
                "{variable} is {given}, but the server with the data directory {dir} uses {known}. Set {variable} to {known}"
            )
            .into());
        }
    }
    Ok(())
}

pub(super) fn name(config: &Config) {
    let database = if config.database_url.is_some() { "DATABASE_URL" } else { "embedded" };
    let Config { data_dir, issuer, .. } = config;
    eprintln!("installation {}, issuer {issuer}, database {database}", data_dir.display());
}
