//! The operation that takes attendance in bulk.

use actix_web::HttpRequest;

use super::model::{AttendanceCsv, AttendanceLine, AttendanceLines, CloseRegister};
use super::queries::{self, Closing, Registers};
use crate::web::bulk::{self, Batch, BulkParams, BulkResult, Systems};
use crate::web::{Caller, Query, Reply, Writer};

/// Send attendance in bulk
///
/// Up to 1,000 lines of registers, as JSON or CSV, each put or withdrawn by itself: 200 says what became of each, in the order sent. With `atomic=true` all are applied or, should one fail, none: then 422. A line names its meeting and seat by our ids, by external ids or by natural keys; a name that fits several is refused. A council sends lines of its own seats and delegates, while the register is open.
#[utoipa::path(post, path = "/v1/attendance/bulk", tag = "meetings", params(BulkParams, CloseRegister),
    request_body(content((AttendanceLines = "application/json"), (AttendanceCsv = "text/csv"))),
    responses((status = 200, description = "What became of each line.", body = BulkResult)))]
pub async fn bulk_attendance(
    request: HttpRequest,
    writer: Writer,
    caller: Caller,
    params: Query<BulkParams>,
    close: Query<CloseRegister>,
    batch: Batch<AttendanceLine>,
) -> Reply {
    let scope = caller.writes();
    let asked = if close.0.close_register == Some(true) { Closing::Asked } else { Closing::NotAsked };
    let closing = if batch.is_sound() { asked } else { asked.prevented() };
    let Systems { named, own } = Systems::of(&caller, &params.0);
    bulk::answer(&request, &writer, &params.0, &batch, async |conn, lines, is_whole| {
        let closing = if is_whole { closing } else { closing.prevented() };
        let registers = Registers { scope: &scope, named: named.as_ref(), own: own.as_ref(), closing };
        queries::apply(conn, &registers, lines).await
    })
    .await
}
