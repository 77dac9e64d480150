//! HTTP handler for bulk requests of attendance.

use actix_web::HttpRequest;

use super::model::{AttendanceCsv, AttendanceLine, AttendanceLines, CloseRegister};
use super::request::{AttendanceBulk, Closing};
use crate::db;
use crate::web::bulk::{self, Batch, BulkParams, BulkResult, Systems};
use crate::web::{Caller, Query, Reply, Writer};

/// Write attendance records in bulk
///
/// Takes up to 1,000 lines as JSON or CSV. Each line creates, updates or deletes one attendance
/// record, independently of the other lines. The response is 200 with a result for each line, in
/// the order of the request. With `atomic=true`, the server applies either all lines or none. If a
/// line fails, it applies none and responds with 422 `lines_failed`.
///
/// A line names its meeting and its seat by id, by external id, or by fields such as group, date,
/// council and role. If several meetings or seats match, the line fails. A council writes records
/// of its own seats and delegates only, while the register is open.
#[utoipa::path(post, path = "/v1/attendance/bulk", tag = "meetings", params(BulkParams, CloseRegister),
    request_body(content((AttendanceLines = "application/json"), (AttendanceCsv = "text/csv"))),
    responses((status = 200, description = "The result of each line.", body = BulkResult)))]
pub async fn bulk_attendance(
    request: HttpRequest,
    writer: Writer,
    caller: Caller,
    params: Query<BulkParams>,
    close: Query<CloseRegister>,
    batch: Batch<AttendanceLine>,
) -> Reply {
    let scope = caller.writes();
    let requested =
        if close.0.close_register == Some(true) { Closing::Requested } else { Closing::NotRequested };
    let closing = if batch.is_valid() { requested } else { requested.prevented() };
    let Systems { named, own } = Systems::of(&caller, &params.0);
    bulk::answer(&request, &writer, &params.0, &batch, async |conn, lines, is_whole| {
        let closing = if is_whole { closing } else { closing.prevented() };
        let resource =
            AttendanceBulk { scope: &scope, named_system: named.as_ref(), own_system: own.as_ref(), closing };
        db::bulk::apply(&resource, conn, lines).await
    })
    .await
}
