//! Import and export of data sets. An import validates everything first and writes all or nothing.
//! An import of an export restores the same rows.

mod data_set;
mod errors;
mod normalisation;
mod partial;
mod round_trip;
mod spreadsheets;
mod ties;
mod updates;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use outturn::transfer::{self, Error, ImportCounts};
use outturn::values::UnknownColumns;
use tempfile::TempDir;

use crate::support::{App, RESOURCES, contracts};

async fn import(app: &App, dir: &Path) -> Result<ImportCounts, Error> {
    import_with(app, dir, UnknownColumns::Refuse).await
}

async fn import_with(app: &App, dir: &Path, unknown: UnknownColumns) -> Result<ImportCounts, Error> {
    transfer::import(&mut app.connection().await, contracts(), dir, unknown).await
}

async fn export(app: &App) -> TempDir {
    let dir = TempDir::new().expect("a directory");
    transfer::export::export(&mut app.connection().await, dir.path()).await.expect("an export");
    dir
}

/// Returns every CSV file of a directory with its lines; the lines after the header are sorted.
fn files(dir: &Path) -> BTreeMap<String, Vec<csv::StringRecord>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "csv") {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(&path).expect("a file");
            let mut lines: Vec<_> = reader.records().collect::<Result<_, _>>().expect("records");
            lines[1..].sort_by(|a, b| a.iter().cmp(b.iter()));
            files.insert(path.file_name().expect("a name").to_string_lossy().into_owned(), lines);
        }
    }
    files
}

fn copy_of_the_sample() -> TempDir {
    let dir = TempDir::new().expect("a directory");
    for entry in fs::read_dir("sample").expect("the sample") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, dir.path().join(path.file_name().expect("a name"))).expect("a copy");
    }
    dir
}

/// Replaces the first `from` in a file, and returns the number of its line.
fn edit(dir: &Path, file: &str, from: &str, to: &str) -> usize {
    let path = dir.join(file);
    let text = fs::read_to_string(&path).expect("a file");
    let at = text.find(from).unwrap_or_else(|| panic!("{file} has no {from}"));
    fs::write(&path, text.replacen(from, to, 1)).expect("the file is written");
    text[..at].lines().count().max(1) + usize::from(text[..at].ends_with('\n'))
}

/// Returns every row's table, id, version and time of change.
async fn rows(app: &App) -> BTreeSet<String> {
    let tables = RESOURCES.map(|resource| resource.path.trim_start_matches("/v1/"));
    let each = tables
        .map(|table| format!("SELECT concat_ws(' ', '{table}', id, version, updated_at) AS t FROM {table}"));
    app.texts(&each.join(" UNION ALL ")).await.into_iter().collect()
}

/// Returns the errors of an import that writes nothing.
async fn import_errors(app: &App, dir: &Path) -> Vec<String> {
    let before = rows(app).await;
    let refused = import(app, dir).await;
    let Err(Error::Invalid(errors)) = refused else {
        panic!("the import must fail with errors: {refused:?}")
    };
    assert_eq!(rows(app).await, before);
    errors.iter().map(ToString::to_string).collect()
}

/// Creates a directory with files.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().expect("a directory");
    for (name, text) in files {
        fs::write(dir.path().join(name), text).expect("the file is written");
    }
    dir
}

/// Returns the header of a sample file, and the lines that contain one of the words.
fn sample_lines(file: &str, words: &[&str]) -> String {
    let text = fs::read_to_string(Path::new("sample").join(file)).expect("a file");
    let (header, lines) = text.split_once('\n').expect("a header");
    let chosen = lines.lines().filter(|line| words.iter().any(|word| line.contains(word)));
    chosen.fold(format!("{header}\n"), |text, line| text + line + "\n")
}

/// Returns the counts of a file: rows, created, changed, unchanged, removed.
fn counts(summary: &ImportCounts, file: &str) -> [u64; 5] {
    let text = summary.to_string();
    let line = text.lines().find(|line| line.split_whitespace().next() == Some(file));
    let counts: Vec<u64> = line
        .into_iter()
        .flat_map(|line| line.split_whitespace().skip(1))
        .filter_map(|n| n.parse().ok())
        .collect();
    counts.try_into().unwrap_or_else(|counts| panic!("{file}: {counts:?} in\n{text}"))
}
