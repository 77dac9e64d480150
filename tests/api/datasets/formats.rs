//! Formats: CSV, JSON, NDJSON and XLSX contain the same rows in the types of the format.

use std::io::Cursor;

use calamine::{Data, DataType, Reader, Xlsx};
use reqwest::Method;
use serde_json::{Value, json};

use super::{catalogue, columns, name, parse_csv, read_rows};
use crate::support::{App, Caller, Fixtures, id};

async fn read_bytes(caller: &Caller, path: &str) -> Vec<u8> {
    let response = caller.request(Method::GET, path).send().await.expect("a response");
    assert_eq!(response.status(), 200, "{path}");
    response.bytes().await.expect("a body").to_vec()
}

/// Reads a dataset as XLSX. Returns the header and the cells of each row.
async fn read_sheet(caller: &Caller, dataset: &str, query: &str) -> (Vec<String>, Vec<Vec<Data>>) {
    let file = read_bytes(caller, &format!("/v1/datasets/{dataset}?format=xlsx{query}")).await;
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file)).expect("a workbook");
    let range = book.worksheet_range(dataset).expect("a worksheet");
    let mut rows = range.rows();
    let header = rows.next().expect("a header").iter().map(ToString::to_string).collect();
    (header, rows.map(<[Data]>::to_vec).collect())
}

/// Formats a number without trailing zeros.
fn format_number(number: f64) -> String {
    ((number * 10_000.0).round() / 10_000.0).to_string()
}

/// Formats a JSON value as in CSV.
fn json_as_csv(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Formats a cell of a worksheet as in CSV. Panics if its type is not the type of its column.
fn sheet_as_csv(cell: &Data, kind: &str) -> String {
    match (cell, kind) {
        (Data::Empty, _) => String::new(),
        (Data::String(text), "text" | "uuid") => text.clone(),
        (Data::Bool(flag), "boolean") => flag.to_string(),
        (Data::Float(number), "integer" | "decimal") => format_number(*number),
        (Data::Float(number), "percentage") => format_number(number * 100.0),
        (Data::DateTime(_), "date") => cell.as_date().expect("a date").to_string(),
        // A worksheet stores milliseconds, so the fraction is left out.
        (Data::DateTime(_), "timestamp") => {
            cell.as_datetime().expect("an instant").format("%Y-%m-%dT%H:%M:%S").to_string()
        }
        other => panic!("a cell of the wrong type: {other:?}"),
    }
}

/// Reduces a CSV cell to the precision of `sheet_as_csv`.
fn without_fraction(cell: &str, kind: &str) -> String {
    if kind == "timestamp" { cell.split('.').next().unwrap_or_default().to_owned() } else { cell.to_owned() }
}

#[tokio::test]
async fn every_format_of_a_dataset_contains_the_same_rows() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = reporter.all("/v1/frameworks?code=2017-18").await.remove(0);
    Fixtures(app.officer()).publish(&framework, "2018-03-31", &app.admin()).await;
    for dataset in catalogue(&reporter).await {
        let (name, columns) = (name(&dataset), columns(&dataset));
        let file = reporter.get(&format!("/v1/datasets/{name}?format=csv")).await.expect(200);
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"{name}.csv\""));
        let (header, rows) = parse_csv(&file.text);
        assert_eq!(header, columns, "{name}");
        assert!(rows.len() > 10, "{name}: {}", rows.len());
        let json_row = |row: &Value| -> Vec<String> {
            assert_eq!(row.as_object().expect("an object").keys().collect::<Vec<_>>(), columns, "{name}");
            columns.iter().map(|column| json_as_csv(&row[column])).collect()
        };
        let document = reporter.read(&format!("/v1/datasets/{name}?format=json")).await;
        assert_eq!(document["dataset"], name);
        let objects = document["data"].as_array().expect("data");
        assert_eq!(objects.iter().map(json_row).collect::<Vec<_>>(), rows, "{name} as JSON");
        let text = reporter.get(&format!("/v1/datasets/{name}?format=ndjson")).await.expect(200);
        assert_eq!(text.header("content-type"), "application/x-ndjson");
        let objects = text.text.lines().map(|line| serde_json::from_str(line).expect("an object"));
        assert_eq!(objects.map(|row| json_row(&row)).collect::<Vec<_>>(), rows, "{name} as lines");
        let (header, cells) = read_sheet(&reporter, name, "").await;
        assert_eq!((header, cells.len()), (columns.iter().map(ToString::to_string).collect(), rows.len()));
        let kinds: Vec<&str> =
            dataset["columns"].as_array().into_iter().flatten().filter_map(|c| c["type"].as_str()).collect();
        for (cells, row) in cells.iter().zip(&rows) {
            let cells_as_csv: Vec<String> =
                cells.iter().zip(&kinds).map(|(c, k)| sheet_as_csv(c, k)).collect();
            let expected: Vec<String> =
                row.iter().zip(&kinds).map(|(cell, kind)| without_fraction(cell, kind)).collect();
            assert_eq!(cells_as_csv, expected, "{name} as a worksheet");
        }
    }
}

#[tokio::test]
async fn a_dataset_without_rows_has_a_header() {
    let app = App::new();
    let reporter = app.reporter();
    for dataset in catalogue(&reporter).await {
        let name = name(&dataset);
        let file = reporter.get(&format!("/v1/datasets/{name}?format=csv")).await.expect(200);
        assert_eq!(file.text, format!("{}\r\n", columns(&dataset).join(",")));
        assert_eq!(
            reporter.read(&format!("/v1/datasets/{name}")).await,
            json!({ "dataset": name, "data": [] })
        );
        let lines = reporter.get(&format!("/v1/datasets/{name}?format=ndjson")).await.expect(200);
        assert_eq!(lines.text, "");
        let (header, rows) = read_sheet(&reporter, name, "").await;
        assert_eq!((header.len(), rows.len()), (columns(&dataset).len(), 0));
    }
}

#[tokio::test]
async fn formulas_in_texts_are_escaped_and_numbers_stay_numbers() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let formulas = ["=1+1", "+1", "-1 % less", "@SUM(A1)", "＝1+1"];
    for title in formulas.into_iter().chain(["plain, \"quoted\"", "über €"]) {
        fixtures.meeting(None, "2017-05-01", json!({ "title": title })).await;
    }
    let (_, action) = fixtures.plan(&[]).await;
    let balance = json!({ "kind": "financial_balance", "area": "bulk buying", "requirement": "surplus" });
    let target = fixtures.target(&action, balance, json!({})).await;
    let loss = json!({ "kind": "money", "area": "bulk buying", "income_pence": 0, "cost_pence": 250 });
    let entry = fixtures.entry(&target, "2017-06-01", loss).await;
    let path = format!("/v1/progress/{}", id(&entry));
    fixtures.0.patch(&path, 1, json!({ "note": "\n=1+1\r\nand \u{1} more" })).await.expect(200);
    let reporter = app.reporter();
    let meetings = read_rows(&reporter, "meetings", "").await;
    let escaped: Vec<String> = formulas.iter().map(|title| format!("'{title}")).collect();
    assert_eq!(super::column(&meetings, "title")[..5], escaped);
    assert_eq!(super::column(&meetings, "title")[5..], ["plain, \"quoted\"", "über €"]);
    let money = read_rows(&reporter, "progress", "").await;
    assert_eq!(read_rows(&reporter, "metrics", "").await[0]["value"], "-250");
    assert_eq!(money[0]["note"], "'=1+1\r\nand \u{1} more");
    let (header, rows) = read_sheet(&reporter, "meetings", "").await;
    let title = header.iter().position(|name| name == "title").expect("a title");
    let titles: Vec<&Data> = rows.iter().map(|row| &row[title]).collect();
    assert_eq!(titles[0], &Data::String("=1+1".into()));
    assert_eq!(titles[6], &Data::String("über €".into()));
    let data = reporter.read("/v1/datasets/meetings").await["data"].clone();
    assert_eq!(data[0]["title"], "=1+1", "JSON contains the text unchanged");
    let file = read_bytes(&reporter, "/v1/datasets/meetings?format=csv").await;
    assert!(file.starts_with(b"id,"), "no byte order mark");
    assert!(file.ends_with(b"\r\n"));
}

#[tokio::test]
async fn unsupported_parameters_and_methods_are_rejected() {
    let app = App::with_sample();
    let reporter = app.reporter();
    reporter.get("/v1/datasets/nothing").await.expect(404);
    reporter.get("/v1/datasets/attendance?format=pdf").await.expect(400);
    reporter.get("/v1/datasets/attendance?format=csv&limit=5").await.expect(400);
    let field_errors = async |path: &str| reporter.get(path).await.expect(422).field_errors();
    let unknown_id = "0198c5b0-0000-7000-8000-000000000000";
    assert_eq!(
        field_errors(&format!(
            "/v1/datasets/attendance?framework_id={unknown_id}&as_at=2017-04-01&interval=year"
        ))
        .await,
        ["framework_id not_of_this_dataset", "as_at not_of_this_dataset", "interval not_of_this_dataset"]
    );
    assert_eq!(
        field_errors("/v1/datasets/councils?occurred_from=2018-01-01&occurred_until=2017-01-01").await,
        ["occurred_until out_of_order"]
    );
    reporter.post("/v1/datasets/attendance", json!({})).await.expect(405);
    let head = reporter.send(reporter.request(Method::HEAD, "/v1/datasets/attendance?format=csv")).await;
    assert_eq!(head.expect(200).text, "");
}

#[tokio::test]
async fn a_dataset_has_a_content_length_and_may_be_compressed() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let path = "/v1/datasets/attendance?format=csv";
    let plain = reporter.send(reporter.request(Method::GET, path)).await.expect(200);
    assert_eq!(plain.header("content-length"), plain.text.len().to_string());
    let request = reporter.request(Method::GET, path).header("Accept-Encoding", "gzip");
    let compressed = request.send().await.expect("a response");
    assert_eq!(compressed.headers()["content-encoding"], "gzip");
    let size = compressed.bytes().await.expect("a body").len();
    assert!(size * 4 < plain.text.len(), "{size} of {}", plain.text.len());
}
