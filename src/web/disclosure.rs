//! Records which names a response shows, before it is sent: who saw them and in which rows, but
//! never the names themselves.

use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use uuid::Uuid;

use super::{Problem, Versioned, Writer};
use crate::db;

/// The log target for records of who read names.
pub const PERSONAL_DATA: &str = "outturn::personal_data";

/// The rows whose names the response to a request shows.
struct Shown {
    resource: String,
    rows: Vec<Uuid>,
}

/// Sets the rows whose names the response to a request shows: those that show a name.
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

/// Sets the rows whose names the response to a request shows.
pub(super) fn set_row_ids(request: &HttpRequest, resource: &str, rows: Vec<Uuid>) {
    if !rows.is_empty() {
        request.extensions_mut().insert(Shown { resource: resource.to_owned(), rows });
    }
}

/// Records which names a response shows. If this fails, the response is not sent.
pub async fn record(answer: &ServiceResponse) -> Result<(), Problem> {
    let request = answer.request();
    let Some(Shown { resource, rows }) = request.extensions_mut().remove() else { return Ok(()) };
    if answer.status() == StatusCode::NOT_MODIFIED {
        return Ok(());
    }
    let writer = Writer::extract(request).await?;
    writer.write(async |conn| db::disclosures::create(conn, &resource, &rows).await).await?;
    let ids: Vec<String> = rows.iter().map(Uuid::to_string).collect();
    let (subject, rows) = (&writer.caller.subject, ids.join(" "));
    tracing::info!(target: PERSONAL_DATA, subject, resource, rows, "names were read");
    Ok(())
}
