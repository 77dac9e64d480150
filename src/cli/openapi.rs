//! The command `outturn openapi`.

use std::io::Write;

use super::error::CommandError;
use crate::openapi;
use crate::web::document::to_bytes;

const COMMITTED: &str = "openapi/openapi.json";

pub(super) fn run(check: bool, write: bool) -> Result<(), CommandError> {
    let bytes = to_bytes(&openapi::document());
    if write {
        return Ok(std::fs::write(COMMITTED, bytes)?);
    }
    if !check {
        return Ok(std::io::stdout().write_all(&bytes)?);
    }
    let committed = std::fs::read(COMMITTED).map_err(|error| format!("{COMMITTED}: {error}"))?;
    if committed == bytes {
        println!("{COMMITTED} is the document that the code serves");
        return Ok(());
    }
    Err(format!("{COMMITTED} differs from the document that the code serves. Update the file with `outturn openapi --write`").into())
}
