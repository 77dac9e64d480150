//! HTTP handlers for the report on a framework.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::build::build_document;
use super::content::Document;
use super::model::{DOCX, DocumentFormat, DocxFile, HtmlPage, PublishedReportQuery, ReportQuery};
use super::{docx, html, load, xlsx};
use crate::config::Association;
use crate::db;
use crate::metrics::model::Moment;
use crate::metrics::{FactLoader, Views};
use crate::publications::queries::PublicationView;
use crate::web::reply::Rendered;
use crate::web::sheet::{self, XlsxFile};
use crate::web::{Caller, Id, Problem, Query, ReadPool, Reply};

/// Get the report on a framework
///
/// Returns a document for members and officers. It has a summary with charts: status by theme,
/// direction of travel, attendance by council, and missing records. Then it lists, theme by theme,
/// each action with its targets, and each target's value, status, trend and ongoing performance.
/// Each figure has its numerator and denominator. Claims and provisional figures are marked.
///
/// The web page needs no other files and prints on A4 landscape. The Word file has the same content
/// in headings and tables, without charts. The workbook has five sheets: a summary with charts, the
/// targets' figures, the targets' texts, the actions, and the monthly figures. Its figures are
/// numbers, percentages and dates, and no text is a formula.
#[utoipa::path(get, path = "/v1/frameworks/{id}/report", tag = "metrics", params(ReportQuery),
    responses((status = 200, description = "The document in the requested format.", content((HtmlPage = "text/html"),
        (DocxFile = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub async fn get_framework_report(
    views: Views,
    association: Data<Association>,
    id: Id,
    query: Query<ReportQuery>,
) -> Reply {
    let moment = Moment::of(query.0.as_at, query.0.known_at)?;
    let load = async |facts: &mut FactLoader<'_>| load::load_framework(facts, id.0, moment).await;
    let render = |data| render(&build_document(&data, association.0.as_ref()), query.0.format);
    views.reply(moment, load, render).await
}

/// Get the report on a publication
///
/// Returns the report on a framework with the sealed metrics of a publication. The plan, trends,
/// texts and attendance are as they were known when the publication was sealed. Later changes do
/// not affect the document. Callers other than staff get 404 unless the publication has been
/// published.
#[utoipa::path(get, path = "/v1/publications/{id}/report", tag = "publications", params(PublishedReportQuery),
    responses((status = 200, description = "The document in the requested format.", content((HtmlPage = "text/html"),
        (DocxFile = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub async fn get_publication_report(
    request: HttpRequest,
    pool: ReadPool,
    association: Data<Association>,
    caller: Caller,
    id: Id,
    query: Query<PublishedReportQuery>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let view = PublicationView::of(caller.is_staff());
    let data = db::in_snapshot(conn, async |conn| load::load_publication(conn, view, id.0).await).await?;
    Ok(render(&build_document(&data, association.0.as_ref()), query.0.format)?.reply(&request))
}

fn render(document: &Document, format: Option<DocumentFormat>) -> Result<Rendered, Problem> {
    let file_name = |extension| format!("report-{}-{}.{extension}", document.code, document.day);
    match format.unwrap_or(DocumentFormat::Html) {
        DocumentFormat::Html => {
            let style = html::style_sheet(document);
            let page =
                html::render(document, &style).map_err(|error| Problem::internal(error.to_string()))?;
            Ok(Rendered::page(&style, page))
        }
        DocumentFormat::Docx => {
            let file = docx::render(document).map_err(Problem::internal)?;
            Ok(Rendered::new(DOCX, file).named(file_name("docx")))
        }
        DocumentFormat::Xlsx => {
            let file = xlsx::render(document).map_err(|error| Problem::internal(error.to_string()))?;
            Ok(Rendered::new(sheet::MEDIA_TYPE, file).named(file_name("xlsx")))
        }
    }
}
