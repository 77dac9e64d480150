//! Records, before a response is sent, who reads names of persons and in which rows. The records
//! never contain the names.

use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use uuid::Uuid;

use super::{Problem, Versioned, Writer};
use crate::db;

/// Target of the log lines about reads of personal names.
pub const PERSONAL_DATA: &str = "outturn::personal_data";

struct Shown {
    resource: String,
    rows: Vec<Uuid>,
}

/// Stores the ids of the rows in which the response shows names of persons. Rows that show no name
/// are left out.
pub fn set_rows<'r, R: Versioned + 'r>(
    request: &HttpRequest,
    resource: &str,
    rows: impl IntoIterator<Item = &'r R>,
) {
    set_row_ids(
        request,
        resource,
        rows.into_iter().filter(|row| row.shows_a_name()).map(Versioned::id).collect(),
    );
}

/// Stores the ids of the rows in which the response shows names of persons. The disclosure record
/// lists these ids.
pub(super) fn set_row_ids(request: &HttpRequest, resource: &str, rows: Vec<Uuid>) {
    if !rows.is_empty() {
        request.extensions_mut().insert(Shown { resource: resource.to_owned(), rows });
    }
}

/// Records in which rows the response shows names of persons. If this function fails, the response
/// must not be sent.
pub async fn record(answer: &ServiceResponse) -> Result<(), Problem> {
    let request = answer.request();
    let Some(Shown { resource, rows }) = request.extensions_mut().remove() else { return Ok(()) };
    if answer.status() == StatusCode::NOT_MODIFIED {
        return Ok(());
    }
    let writer = Writer::extract(request).await?;
    writer.write(async |conn| db::disclosures::create(conn, &resource, &rows).await).await?;
    let ids: Vec<String> = rows.iter().map(Uuid::to_string).collect();
    let (caller, row_ids) = (&writer.caller.subject, ids.join(" "));
    tracing::info!(target: PERSONAL_DATA, caller, resource, row_ids, "names of persons disclosed");
    Ok(())
}
