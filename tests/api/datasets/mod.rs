//! Datasets: formats, rows, windows, entity tags, dataset keys, spools and slow readers.

mod dataset_keys;
mod formats;
mod privacy;
mod readers;
mod rows;
mod spools;
mod tags;
mod windows;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::Caller;

/// The cells of a CSV row by column.
type Row = BTreeMap<String, String>;

/// Returns the datasets of the catalogue.
async fn catalogue(caller: &Caller) -> Vec<Value> {
    caller.read("/v1/datasets").await["data"].as_array().cloned().expect("data")
}

/// Returns the column names of a dataset in the catalogue.
fn columns(dataset: &Value) -> Vec<&str> {
    let columns = dataset["columns"].as_array().expect("columns");
    columns.iter().map(|column| column["name"].as_str().expect("a name")).collect()
}

fn name(dataset: &Value) -> &str {
    dataset["dataset"].as_str().expect("a name")
}

/// Parses a CSV. Returns the header and the rows.
fn parse_csv(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect());
    (header, rows.collect())
}

/// Reads the rows of a dataset as CSV. `query` begins with `?` or is empty.
async fn read_rows(caller: &Caller, dataset: &str, query: &str) -> Vec<Row> {
    let separator = if query.is_empty() { '?' } else { '&' };
    let response =
        caller.get(&format!("/v1/datasets/{dataset}{query}{separator}format=csv")).await.expect(200);
    let (header, rows) = parse_csv(&response.text);
    rows.into_iter().map(|row| header.iter().cloned().zip(row).collect()).collect()
}

/// Returns the cells of one column.
fn column<'r>(rows: &'r [Row], name: &str) -> Vec<&'r str> {
    rows.iter().map(|row| row[name].as_str()).collect()
}
