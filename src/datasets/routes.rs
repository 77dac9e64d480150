//! HTTP handlers for datasets.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use super::catalogue::catalogue;
use super::dataset::{Dataset, DatasetRequest};
use super::definitions;
use super::formats;
use super::formats::error::WriteError;
use super::model::{DatasetCatalogue, DatasetFormat, DatasetQuery, DatasetRows};
use super::queries::{self, LogState};
use super::schemas::DatasetName;
use crate::access::Scope;
use crate::db::{self, Error};
use crate::rules::period::Interval;
use crate::values::{Day, FieldError};
use crate::web::file_response::{Reader, Spooled, Spools, WritePermit};
use crate::web::reply::{CsvFile, LinesFile, Tag};
use crate::web::sheet::XlsxFile;
use crate::web::{Caller, Problem, Query, ReadPool, Reply, order_error, reply};

/// List datasets
///
/// Returns the catalogue. It describes each dataset: what a row represents, the meaning of its
/// `occurred_on`, its query parameters, and the name, type and meaning of each column.
#[utoipa::path(get, path = "/v1/datasets", tag = "datasets",
    responses((status = 200, description = "The catalogue of datasets.", body = DatasetCatalogue)))]
pub async fn list_datasets(request: HttpRequest) -> Reply {
    reply::view(&request, &catalogue())
}

/// Get a dataset
///
/// Returns all rows of a dataset in one response, ordered by `occurred_on`. `occurred_from` and
/// `occurred_until` select rows by `occurred_on`. The order of the columns does not change, and new
/// columns are only added at the end. The column `updated_at` says when a row last changed. CSV
/// files and workbooks have a header row even if no row matches. In CSV, a text that a spreadsheet
/// would interpret as a formula begins with an apostrophe. The ETag changes when a record from
/// which the dataset is read changes.
///
/// Fails with 422 `not_of_this_dataset` if the dataset does not accept a parameter. Fails with 422
/// `too_many_rows` if a workbook would have more than 1,048,575 rows. Fails with 429
/// `too_many_downloads` while the caller has too many downloads in progress.
#[utoipa::path(get, path = "/v1/datasets/{dataset}", tag = "datasets",
    params(("dataset" = inline(DatasetName), Path, description = "The name of the dataset."), DatasetQuery),
    responses((status = 200, description = "The dataset in the requested format.", content(
        (DatasetRows = "application/json"), (LinesFile = "application/x-ndjson"), (CsvFile = "text/csv"),
        (XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub async fn get_dataset(
    request: HttpRequest,
    pool: ReadPool,
    spools: Data<Spools>,
    reader: Reader,
    caller: Caller,
    dataset: RequestedDataset,
    query: Query<DatasetQuery>,
) -> Reply {
    let (dataset, format) = (dataset.0, query.0.format.unwrap_or(DatasetFormat::Json));
    let resolved = resolve_query(dataset, &query.0)?;
    let dataset_request = DatasetRequest { notes: caller.visibility().notes, ..resolved };
    let log_state = load_log_state(&pool, dataset, spools.wait_timeout()).await?;
    let tag = etag(dataset, &query.0, &dataset_request, &log_state)?;
    if tag.is_known(&request) {
        return Ok(reply::unchanged(&tag));
    }
    let turn = spools.turn(reader).await?;
    let (tag, spooled) = write_dataset(&pool, turn, dataset, &query.0, dataset_request).await?;
    let name = format!("{}.{format}", dataset.name);
    let body = spooled.into_body().map_err(|error| Problem::internal(error.to_string()))?;
    Ok(reply::streamed(&tag, format.media_type(), &name, body))
}

pub struct RequestedDataset(&'static Dataset);

impl FromRequest for RequestedDataset {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let name = request.match_info().get("dataset").unwrap_or_default();
        ready(definitions::find(name).map(Self).ok_or_else(Problem::not_found))
    }
}

async fn load_log_state(
    pool: &ReadPool,
    dataset: &Dataset,
    wait_timeout: Duration,
) -> Result<LogState, Error> {
    let conn = &mut *pool.get_within(wait_timeout).await?;
    let mut log_state = queries::load_log_state(conn, dataset.reads).await?;
    queries::retain_open_writers(conn, &mut log_state).await?;
    Ok(log_state)
}

/// Writes a dataset to a spool file, from one snapshot of the database. Returns the file, and the
/// ETag for the same snapshot.
async fn write_dataset(
    pool: &ReadPool,
    turn: WritePermit<'_>,
    dataset: &'static Dataset,
    query: &DatasetQuery,
    mut request: DatasetRequest,
) -> Result<(Tag, Spooled), Problem> {
    let format = query.format.unwrap_or(DatasetFormat::Json);
    let rows = turn.begin(move |file, dir, batches| {
        formats::write(format, dataset.name, dataset.columns(), (file, dir), batches)
    });
    let conn = &mut pool.get_within(turn.wait_timeout()).await?;
    let read = db::in_snapshot(conn, async |conn| {
        let log_state = queries::load_log_state(conn, dataset.reads).await?;
        request.changed_at = log_state.changed_at;
        queries::read(conn, dataset, &request, &rows).await?;
        Ok::<_, Error>(log_state)
    })
    .await;
    match (rows.end().await?, read) {
        (Err(WriteError::TooManyRows), _) => Err(too_many_rows()),
        (Err(WriteError::StorageFull(cause)), _) => Err(Problem::storage_full(cause)),
        (Err(error), _) => Err(Problem::internal(error.to_string())),
        (Ok(_), Err(error)) => Err(error.into()),
        (Ok(file), Ok(mut log_state)) => {
            queries::retain_open_writers(conn, &mut log_state).await?;
            let spooled = turn.end(file).map_err(|error| Problem::internal(error.to_string()))?;
            Ok((etag(dataset, query, &request, &log_state)?, spooled))
        }
    }
}

fn too_many_rows() -> Problem {
    let detail = format!(
        "The dataset has more rows than the {} rows of a workbook. Request `format=csv`, or a shorter range of days.",
        formats::MAX_ROWS
    );
    Problem::invalid(vec![FieldError::parameter("format", "too_many_rows", detail)])
}

/// Checks the query parameters of a request for a dataset and adds default values.
fn resolve_query(dataset: &Dataset, query: &DatasetQuery) -> Result<DatasetRequest, Problem> {
    let optional = [
        ("framework_id", query.framework_id.is_some()),
        ("as_at", query.as_at.is_some()),
        ("interval", query.interval.is_some()),
    ];
    let foreign =
        optional.into_iter().filter(|(name, is_present)| *is_present && !dataset.parameters.contains(name));
    let mut field_errors: Vec<FieldError> = foreign
        .map(|(name, _)| {
            FieldError::parameter(name, "not_of_this_dataset", "The dataset does not accept this parameter.")
        })
        .collect();
    field_errors.extend(order_error("occurred_until", query.occurred_from, query.occurred_until));
    if !field_errors.is_empty() {
        return Err(Problem::invalid(field_errors));
    }
    Ok(DatasetRequest {
        from: query.occurred_from.unwrap_or(Day::EARLIEST),
        until: query.occurred_until.unwrap_or(Day::AFTER_LATEST),
        as_at: query.as_at.unwrap_or_else(Day::today),
        interval: query.interval.unwrap_or(Interval::Month),
        framework: query.framework_id,
        notes: Scope::All,
        changed_at: None,
    })
}

/// Returns the ETag of a dataset for this request and this state of the change log.
fn etag(
    dataset: &Dataset,
    query: &DatasetQuery,
    request: &DatasetRequest,
    log_state: &LogState,
) -> Result<Tag, Problem> {
    let columns: Vec<&str> = dataset.columns().iter().map(|column| column.name).collect();
    let version = (crate::rules::VERSION, env!("CARGO_PKG_VERSION"));
    let as_at = dataset.is_derived().then_some(request.as_at);
    Tag::of(&(
        dataset.name,
        columns,
        version,
        query,
        (as_at, request.notes.limit()),
        (log_state.line, &log_state.open_transactions),
    ))
}
