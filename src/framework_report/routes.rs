//! The operations that print a framework.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::gather;
use super::model::{DOCX, DocumentFormat, DocxFile, HtmlPage, PublishedReportQuery, ReportQuery};
use super::view::Document;
use super::{compose, docx, html, xlsx};
use crate::config::Association;
use crate::db::{self, Pool};
use crate::metrics;
use crate::metrics::model::Moment;
use crate::publications::queries::Shown;
use crate::web::sheet::{self, XlsxFile};
use crate::web::{Caller, Id, Problem, Query, Reply, reply};

/// Read a framework as a document
///
/// What members and officers read: a summary with charts (status by theme, direction, attendance by council, what is overdue), then
/// theme by theme each action with its targets, their monitoring, value, status, trend and ongoing performance. Each figure
/// has its numerator and denominator beside it; claimed and provisional ones are marked. The web page holds everything it
/// shows, and prints on A4 landscape; the Word file has the same in headings and tables, without charts. The workbook has the
/// summary with charts on one sheet, and on four more a row for each target with its figures, for each target with its words,
/// for each action and for each month of a target: figures are numbers, percentages and dates there, and no text is a formula.
#[utoipa::path(get, path = "/v1/frameworks/{id}/report", tag = "metrics", params(ReportQuery),
    responses((status = 200, description = "The document.", content((HtmlPage = "text/html"),
        (DocxFile = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub async fn get_framework_report(
    request: HttpRequest,
    pool: Data<Pool>,
    association: Data<Association>,
    id: Id,
    query: Query<ReportQuery>,
) -> Reply {
    let moment = Moment::of(query.0.as_at, query.0.known_at)?;
    let material =
        metrics::read(&pool, moment, async |conn| gather::framework(conn, id.0, moment).await).await?;
    print(&request, &compose::document(&material, association.0.as_ref()), query.0.format)
}

/// Read a publication as a document
///
/// The same document of what is sealed: the metrics as they were sealed, and around them the plan, the trends, the words and the
/// attendance as they were known then, whatever has been written since.
#[utoipa::path(get, path = "/v1/publications/{id}/report", tag = "publications", params(PublishedReportQuery),
    responses((status = 200, description = "The document.", content((HtmlPage = "text/html"),
        (DocxFile = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub async fn get_publication_report(
    request: HttpRequest,
    pool: Data<Pool>,
    association: Data<Association>,
    caller: Caller,
    id: Id,
    query: Query<PublishedReportQuery>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let to = Shown::to(caller.is_staff());
    let material = db::in_snapshot(conn, async |conn| gather::publication(conn, to, id.0).await).await?;
    print(&request, &compose::document(&material, association.0.as_ref()), query.0.format)
}

fn print(request: &HttpRequest, document: &Document, format: Option<DocumentFormat>) -> Reply {
    let name = |ending| format!("report-{}-{}.{ending}", document.code, document.day);
    match format.unwrap_or(DocumentFormat::Html) {
        DocumentFormat::Html => {
            let style = html::style(document);
            let page = html::page(document, &style).map_err(|error| Problem::internal(error.to_string()))?;
            Ok(reply::page(request, &style, page))
        }
        DocumentFormat::Docx => {
            let file = docx::file(document).map_err(Problem::internal)?;
            Ok(reply::tagged(request, DOCX, Some(&name("docx")), file.into()))
        }
        DocumentFormat::Xlsx => {
            let file = xlsx::file(document).map_err(|error| Problem::internal(error.to_string()))?;
            Ok(reply::tagged(request, sheet::MEDIA_TYPE, Some(&name("xlsx")), file.into()))
        }
    }
}
