//! The command `outturn token`.

use std::time::Duration;

use diesel::prelude::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::database::{Database, block_on};
use super::error::CommandError;
use super::keys;
use crate::access::Role;
use crate::config::Config;
use crate::db::schema::council_gss_codes;
use crate::values::{ShortText, TextForm};

pub(super) fn run(
    config: &Config,
    role: Role,
    codes: &[String],
    ttl: Duration,
    subject: &str,
) -> Result<(), CommandError> {
    let subject =
        ShortText::parse(subject).ok_or("--subject must be one line of 1 to 200 visible characters")?;
    match (role, codes) {
        (Role::Council, []) => {
            return Err("--role council requires --council, such as --council E10000020".into());
        }
        (Role::Council, _) | (_, []) => {}
        _ => return Err("--council is only allowed with --role council".into()),
    }
    let council_ids = if codes.is_empty() { Vec::new() } else { find_councils(config, codes)? };
    println!(
        "{}",
        keys::open(config, &mut keys::Known::default())?.mint(subject.as_str(), role, &council_ids, ttl)?
    );
    Ok(())
}

/// Returns the ids of the councils that have or had these GSS codes.
pub(super) fn find_councils(config: &Config, codes: &[String]) -> Result<Vec<Uuid>, CommandError> {
    let codes: Vec<String> = codes.iter().map(|code| TextForm::Line.normalise(code)).collect();
    let database = Database::open(config)?;
    let council_codes: Vec<(String, Uuid)> = block_on(async {
        database.migrate().await?;
        let by_code = council_gss_codes::table
            .filter(council_gss_codes::gss_code.eq_any(&codes))
            .select((council_gss_codes::gss_code, council_gss_codes::council_id));
        database.read(async |conn| Ok(by_code.load(conn).await?)).await
    })?;
    let id = |code: &String| {
        let known = council_codes.iter().find(|(known, _)| known == code).map(|(_, id)| *id);
        known.ok_or_else(|| format!("no council has or had the GSS code {code}").into())
    };
    codes.iter().map(id).collect()
}
