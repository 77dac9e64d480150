//! Each form is what its own readers take it for, and all say the same.

use std::io::Cursor;

use calamine::{Data, DataType, Reader, Xlsx};
use reqwest::Method;
use serde_json::{Value, json};

use super::{catalogue, columns, lines, name, parsed};
use crate::support::{App, Made, Person, id};

async fn bytes(person: &Person, path: &str) -> Vec<u8> {
    let answer = person.request(Method::GET, path).send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    answer.bytes().await.expect("a body").to_vec()
}

/// A worksheet: its header, and its rows as cells.
async fn sheet(person: &Person, dataset: &str, query: &str) -> (Vec<String>, Vec<Vec<Data>>) {
    let file = bytes(person, &format!("/v1/datasets/{dataset}?format=xlsx{query}")).await;
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file)).expect("a workbook");
    let range = book.worksheet_range(dataset).expect("a worksheet");
    let mut rows = range.rows();
    let header = rows.next().expect("a header").iter().map(ToString::to_string).collect();
    (header, rows.map(<[Data]>::to_vec).collect())
}

/// A number in its shortest form.
fn plain(number: f64) -> String {
    ((number * 10_000.0).round() / 10_000.0).to_string()
}

/// A JSON cell as CSV has it.
fn of_json(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A worksheet's cell as CSV has it: it must be of its column's type, and not a text that looks like it.
fn of_sheet(cell: &Data, kind: &str) -> String {
    match (cell, kind) {
        (Data::Empty, _) => String::new(),
        (Data::String(text), "text" | "uuid") => text.clone(),
        (Data::Bool(flag), "boolean") => flag.to_string(),
        (Data::Float(number), "integer" | "decimal") => plain(*number),
        (Data::Float(number), "percentage") => plain(number * 100.0),
        (Data::DateTime(_), "date") => cell.as_date().expect("a date").to_string(),
        // A worksheet keeps milliseconds.
        (Data::DateTime(_), "timestamp") => {
            cell.as_datetime().expect("an instant").format("%Y-%m-%dT%H:%M:%S").to_string()
        }
        other => panic!("{other:?}"),
    }
}

/// A CSV's cell, as far as a worksheet keeps it.
fn as_kept(cell: &str, kind: &str) -> String {
    if kind == "timestamp" { cell.split('.').next().unwrap_or_default().to_owned() } else { cell.to_owned() }
}

#[tokio::test]
async fn every_dataset_says_the_same_in_every_form() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = reporter.all("/v1/frameworks?code=2017-18").await.remove(0);
    Made(app.officer()).publish(&framework, "2018-03-31", &app.admin()).await;
    for dataset in catalogue(&reporter).await {
        let (name, columns) = (name(&dataset), columns(&dataset));
        let file = reporter.get(&format!("/v1/datasets/{name}?format=csv")).await.expect(200);
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"{name}.csv\""));
        let (header, rows) = parsed(&file.text);
        assert_eq!(header, columns, "{name}");
        assert!(rows.len() > 10, "{name}: {}", rows.len());
        let in_json = |row: &Value| -> Vec<String> {
            assert_eq!(row.as_object().expect("an object").keys().collect::<Vec<_>>(), columns, "{name}");
            columns.iter().map(|column| of_json(&row[column])).collect()
        };
        let document = reporter.read(&format!("/v1/datasets/{name}?format=json")).await;
        assert_eq!(document["dataset"], name);
        let objects = document["data"].as_array().expect("data");
        assert_eq!(objects.iter().map(in_json).collect::<Vec<_>>(), rows, "{name} as JSON");
        let text = reporter.get(&format!("/v1/datasets/{name}?format=ndjson")).await.expect(200);
        assert_eq!(text.header("content-type"), "application/x-ndjson");
        let objects = text.text.lines().map(|line| serde_json::from_str(line).expect("an object"));
        assert_eq!(objects.map(|row| in_json(&row)).collect::<Vec<_>>(), rows, "{name} as lines");
        let (header, cells) = sheet(&reporter, name, "").await;
        assert_eq!((header, cells.len()), (columns.iter().map(ToString::to_string).collect(), rows.len()));
        let kinds: Vec<&str> =
            dataset["columns"].as_array().into_iter().flatten().filter_map(|c| c["type"].as_str()).collect();
        for (cells, row) in cells.iter().zip(&rows) {
            let shown: Vec<String> = cells.iter().zip(&kinds).map(|(c, k)| of_sheet(c, k)).collect();
            let kept: Vec<String> = row.iter().zip(&kinds).map(|(cell, kind)| as_kept(cell, kind)).collect();
            assert_eq!(shown, kept, "{name} as a worksheet");
        }
    }
}

#[tokio::test]
async fn without_rows_there_is_still_a_header() {
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
        let (header, rows) = sheet(&reporter, name, "").await;
        assert_eq!((header.len(), rows.len()), (columns(&dataset).len(), 0));
    }
}

#[tokio::test]
async fn a_text_is_no_formula_and_a_number_stays_one() {
    let app = App::new();
    let made = Made(app.officer());
    let sly = ["=1+1", "+1", "-1 % less", "@SUM(A1)", "＝1+1"];
    for title in sly.into_iter().chain(["plain, \"quoted\"", "über €"]) {
        made.meeting(None, "2017-05-01", json!({ "title": title })).await;
    }
    let (_, action) = made.plan(&[]).await;
    let balance = json!({ "kind": "financial_balance", "area": "bulk buying", "requirement": "surplus" });
    let target = made.target(&action, balance, json!({})).await;
    let loss = json!({ "kind": "money", "area": "bulk buying", "income_pence": 0, "cost_pence": 250 });
    let entry = made.entry(&target, "2017-06-01", loss).await;
    let path = format!("/v1/progress/{}", id(&entry));
    made.0.patch(&path, 1, json!({ "note": "\n=1+1\r\nand \u{1} more" })).await.expect(200);
    let reporter = app.reporter();
    let meetings = lines(&reporter, "meetings", "").await;
    let shown: Vec<String> = sly.iter().map(|title| format!("'{title}")).collect();
    assert_eq!(super::column(&meetings, "title")[..5], shown);
    assert_eq!(super::column(&meetings, "title")[5..], ["plain, \"quoted\"", "über €"]);
    let money = lines(&reporter, "progress", "").await;
    assert_eq!(lines(&reporter, "metrics", "").await[0]["value"], "-250");
    assert_eq!(money[0]["note"], "'=1+1\r\nand \u{1} more");
    let (header, rows) = sheet(&reporter, "meetings", "").await;
    let title = header.iter().position(|name| name == "title").expect("a title");
    let titles: Vec<&Data> = rows.iter().map(|row| &row[title]).collect();
    assert_eq!(titles[0], &Data::String("=1+1".into()));
    assert_eq!(titles[6], &Data::String("über €".into()));
    let data = reporter.read("/v1/datasets/meetings").await["data"].clone();
    assert_eq!(data[0]["title"], "=1+1", "programs get it as it is");
    let file = bytes(&reporter, "/v1/datasets/meetings?format=csv").await;
    assert!(file.starts_with(b"id,"), "no byte order mark");
    assert!(file.ends_with(b"\r\n"));
}

#[tokio::test]
async fn what_a_dataset_does_not_take_is_refused() {
    let app = App::with_sample();
    let reporter = app.reporter();
    reporter.get("/v1/datasets/nothing").await.expect(404);
    reporter.get("/v1/datasets/attendance?format=pdf").await.expect(400);
    reporter.get("/v1/datasets/attendance?format=csv&limit=5").await.expect(400);
    let faults = async |path: &str| reporter.get(path).await.expect(422).faults();
    let some = "0198c5b0-0000-7000-8000-000000000000";
    assert_eq!(
        faults(&format!("/v1/datasets/attendance?framework_id={some}&as_at=2017-04-01&interval=year")).await,
        ["framework_id not_of_this_dataset", "as_at not_of_this_dataset", "interval not_of_this_dataset"]
    );
    assert_eq!(
        faults("/v1/datasets/councils?occurred_from=2018-01-01&occurred_until=2017-01-01").await,
        ["occurred_until out_of_order"]
    );
    reporter.post("/v1/datasets/attendance", json!({})).await.expect(405);
    let head = reporter.send(reporter.request(Method::HEAD, "/v1/datasets/attendance?format=csv")).await;
    assert_eq!(head.expect(200).text, "");
}

#[tokio::test]
async fn a_report_is_compressed_and_of_known_length() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let path = "/v1/datasets/attendance?format=csv";
    let plain = reporter.send(reporter.request(Method::GET, path)).await.expect(200);
    assert_eq!(plain.header("content-length"), plain.text.len().to_string());
    let request = reporter.request(Method::GET, path).header("Accept-Encoding", "gzip");
    let packed = request.send().await.expect("an answer");
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let size = packed.bytes().await.expect("a body").len();
    assert!(size * 4 < plain.text.len(), "{size} of {}", plain.text.len());
}
