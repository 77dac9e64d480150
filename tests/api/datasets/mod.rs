//! Reports: every dataset in every form, its rows, its windows, its tag, and the keys that fetch it.

mod forms;
mod keys;
mod privacy;
mod readers;
mod rows;
mod spools;
mod tags;
mod windows;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::Person;

/// A row of a CSV, by column.
type Line = BTreeMap<String, String>;

/// The datasets of the catalogue.
async fn catalogue(person: &Person) -> Vec<Value> {
    person.read("/v1/datasets").await["data"].as_array().cloned().expect("data")
}

/// The names of a dataset's columns, as the catalogue has them.
fn columns(dataset: &Value) -> Vec<&str> {
    let columns = dataset["columns"].as_array().expect("columns");
    columns.iter().map(|column| column["name"].as_str().expect("a name")).collect()
}

fn name(dataset: &Value) -> &str {
    dataset["dataset"].as_str().expect("a name")
}

/// A CSV, as a CSV reader has it: its header and its rows.
fn parsed(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect());
    (header, rows.collect())
}

/// The rows of a dataset; `query` begins with `?` or is empty.
async fn lines(person: &Person, dataset: &str, query: &str) -> Vec<Line> {
    let joint = if query.is_empty() { '?' } else { '&' };
    let answer = person.get(&format!("/v1/datasets/{dataset}{query}{joint}format=csv")).await.expect(200);
    let (header, rows) = parsed(&answer.text);
    rows.into_iter().map(|row| header.iter().cloned().zip(row).collect()).collect()
}

/// One column of rows.
fn column<'l>(lines: &'l [Line], name: &str) -> Vec<&'l str> {
    lines.iter().map(|line| line[name].as_str()).collect()
}
