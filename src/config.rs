//! Configuration from environment variables. All errors are reported together, and secrets are
//! never printed.

mod oidc;
mod parsers;
mod reader;
mod variables;

use std::net::SocketAddr;
use std::path::PathBuf;

pub use self::oidc::Issuer;
pub use self::parsers::Rate;
use self::reader::Reader;
pub use self::variables::{Config, VARIABLES, Variable};
use crate::values::ShortText;

/// Environment variables of the programs in `examples`. They may be set when the server runs.
const VARIABLES_OF_EXAMPLES: [&str; 4] =
    ["OUTTURN_URL", "OUTTURN_CLIENT_ID", "OUTTURN_CLIENT_SECRET", "OUTTURN_WEBHOOK_SECRET"];

/// Returns an error for each unknown environment variable whose name begins with `OUTTURN_`.
fn unknown_variables(names: impl Iterator<Item = String>) -> Vec<String> {
    let is_known = |name: &str| {
        VARIABLES.iter().any(|known| known.name == name) || VARIABLES_OF_EXAMPLES.contains(&name)
    };
    let mut unknown: Vec<_> = names.filter(|name| name.starts_with("OUTTURN_") && !is_known(name)).collect();
    unknown.sort_unstable();
    unknown.into_iter().map(|name| format!("{name} is not a variable of outturn")).collect()
}

#[derive(Debug, Clone)]
pub struct Association(pub Option<ShortText>);

/// The address on which `/metrics` and the details of `/health/ready` are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminEndpoints {
    /// The admin endpoints are served on the address of the API.
    Shared,
    Separate(SocketAddr),
    /// The admin endpoints are not served. The API's address is not loopback, and no separate
    /// address is configured.
    Off,
}

/// All errors of the configuration. The displayed message joins the errors in one line.
#[derive(Debug, thiserror::Error)]
#[error("invalid configuration: {}", .0.join("; "))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads the environment of the process. Fails for an unknown variable that begins with
    /// `OUTTURN_`, because the name is probably misspelt.
    pub fn from_env() -> Result<Self, ConfigError> {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        Self::with_errors(&|name| std::env::var(name).ok(), unknown_variables(names))
    }

    pub fn from_vars(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        Self::with_errors(get, Vec::new())
    }

    /// Reads the configuration. Also fails if `errors` is not empty, and then reports these errors
    /// and the new errors together.
    fn with_errors(get: &dyn Fn(&str) -> Option<String>, errors: Vec<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader { get, errors };
        let config = Self::read(&mut reader);
        oidc::check(&mut reader);
        if reader.text("OUTTURN_READ_DATABASE_URL").is_some() && reader.text("DATABASE_URL").is_none() {
            reader.errors.push("OUTTURN_READ_DATABASE_URL needs DATABASE_URL".into());
        }
        config.filter(|_| reader.errors.is_empty()).ok_or(ConfigError(reader.errors))
    }

    /// Returns the address of the admin endpoints. The operating system chooses a free port for
    /// port 0, so two addresses with port 0 are never the same.
    pub fn admin_endpoints(&self) -> AdminEndpoints {
        match self.admin_bind {
            Some(address) if address == self.bind && address.port() != 0 => AdminEndpoints::Shared,
            Some(address) => AdminEndpoints::Separate(address),
            None if self.bind.ip().to_canonical().is_loopback() => AdminEndpoints::Shared,
            None => AdminEndpoints::Off,
        }
    }

    /// Returns the directory in which datasets are written before they are sent.
    pub fn spool_dir(&self) -> PathBuf {
        self.spool_dir.clone().unwrap_or_else(|| self.data_dir.join("spool"))
    }

    /// Returns the external issuers whose access tokens are accepted.
    pub fn external_issuers(&self) -> Vec<Issuer> {
        let issuers = |address: &String| Issuer::list(address, &self.oidc_tenants);
        self.oidc_issuers.iter().flat_map(issuers).collect()
    }
}
