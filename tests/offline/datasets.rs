//! The datasets keep what they have promised: columns stay where they are, and their names say what they hold.

use std::collections::BTreeSet;

use outturn::datasets::definitions;

#[test]
fn columns_only_grow_at_the_end() {
    let promised = include_str!("dataset_columns.txt");
    let lines: Vec<String> = definitions::ALL
        .iter()
        .map(|dataset| {
            let columns = dataset.columns().into_iter();
            let columns: Vec<String> =
                columns.map(|column| format!("{}:{}", column.name, column.kind.as_str())).collect();
            format!("{} {}", dataset.name, columns.join(" "))
        })
        .collect();
    for promised in promised.lines() {
        let name = promised.split(' ').next().expect("a name");
        let line = lines.iter().find(|line| line.split(' ').next() == Some(name));
        let line = line.unwrap_or_else(|| panic!("{name} is gone: readers have it in their queries"));
        assert!(line.starts_with(promised), "{name}: a column is gone, moved or of another type\n{line}");
    }
    assert_eq!(
        lines.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        promised.lines().collect(),
        "put new columns at the end of their line in tests/offline/dataset_columns.txt, and nothing else"
    );
}

#[test]
fn names_say_what_columns_hold() {
    for dataset in definitions::ALL {
        let columns = dataset.columns();
        let names: BTreeSet<&str> = columns.iter().map(|column| column.name).collect();
        assert_eq!(names.len(), columns.len(), "{}: each once", dataset.name);
        for shared in ["occurred_on date", "updated_at timestamp"] {
            let is_it =
                |column: &&outturn::values::Column| format!("{} {}", column.name, column.kind) == shared;
            assert!(columns.iter().any(|column| is_it(&column)), "{} has {shared}", dataset.name);
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
            assert!(column.meaning.ends_with('.'), "{}.{} has a meaning", dataset.name, column.name);
        }
    }
}
