//! Dataset columns: published columns keep their place and type, and names follow the conventions.

use std::collections::BTreeSet;

use outturn::datasets::definitions;

#[test]
fn new_columns_are_appended_and_existing_ones_do_not_change() {
    let published = include_str!("dataset_columns.txt");
    let lines: Vec<String> = definitions::ALL
        .iter()
        .map(|dataset| {
            let columns = dataset.columns().into_iter();
            let columns: Vec<String> =
                columns.map(|column| format!("{}:{}", column.name, column.kind.as_str())).collect();
            format!("{} {}", dataset.name, columns.join(" "))
        })
        .collect();
    for published in published.lines() {
        let name = published.split(' ').next().expect("a name");
        let line = lines.iter().find(|line| line.split(' ').next() == Some(name));
        let line =
            line.unwrap_or_else(|| panic!("the dataset {name} is missing; clients use it in their queries"));
        assert!(
            line.starts_with(published),
            "{name}: a column was removed, moved or given another type\n{line}"
        );
    }
    assert_eq!(
        lines.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        published.lines().collect(),
        "append new columns to their line in tests/offline/dataset_columns.txt, and change nothing else"
    );
}

#[test]
fn column_names_have_the_suffix_of_their_kind() {
    for dataset in definitions::ALL {
        let columns = dataset.columns();
        let names: BTreeSet<&str> = columns.iter().map(|column| column.name).collect();
        assert_eq!(names.len(), columns.len(), "{}: column names are unique", dataset.name);
        for shared in ["occurred_on date", "updated_at timestamp"] {
            let is_shared =
                |column: &&outturn::values::Column| format!("{} {}", column.name, column.kind) == shared;
            assert!(columns.iter().any(|column| is_shared(&column)), "{} has {shared}", dataset.name);
        }
        for column in columns {
            let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| column.name.ends_with(suffix));
            let is_well_named = match column.kind.as_str() {
                "date" => ends(&["_on", "_from", "_until"]) || column.name == "as_at",
                "timestamp" => ends(&["_at"]),
                "percentage" => ends(&["_percent"]),
                "uuid" => ends(&["_id"]) || column.name == "id",
                kind => {
                    !ends(&["_on", "_until", "_at", "_percent"]) && (kind == "integer" || !ends(&["_pence"]))
                }
            };
            assert!(is_well_named, "{}.{} is a {}", dataset.name, column.name, column.kind);
            assert!(
                column.meaning.ends_with('.'),
                "{}.{} has a description that ends with a full stop",
                dataset.name,
                column.name
            );
        }
    }
}
