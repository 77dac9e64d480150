//! The plan of an import, which contains the rows to write to each table and the lists of each
//! parent row. Each row is checked as the API checks a request body.

use std::collections::{HashMap, HashSet};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;
use validator::Validate;

use super::error::{ImportError, SourceLocation};
use super::files::FileSpec;
use super::lists::{BodyList, Items, List, ListFile, Lists};
use super::natural_keys::{Keys, Row};
use super::records::{Record, Records};
use crate::db::Children;
use crate::values::FieldError;
use crate::web::Contracts;
use crate::web::body::rule_field_errors;

#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) new: Vec<Value>,
    /// Existing rows of the table, which the import may change.
    pub(super) known: Vec<Value>,
}

pub(super) struct Plan<'a> {
    contracts: &'a Contracts,
    records: &'a Records,
    pub(super) keys: Keys,
    pub(super) errors: Vec<ImportError>,
    pub(super) tables: HashMap<&'static str, Table>,
    pub(super) lists: Vec<Lists>,
    /// The CSV file and the line number from which each row was read, by id of the row.
    pub(super) locations: HashMap<Uuid, SourceLocation>,
}

impl<'a> Plan<'a> {
    /// Creates an empty plan of an import. `errors` are the errors from reading the CSV files.
    pub(super) fn new(
        contracts: &'a Contracts,
        records: &'a Records,
        keys: Keys,
        errors: Vec<ImportError>,
    ) -> Self {
        Self {
            contracts,
            records,
            keys,
            errors,
            tables: HashMap::new(),
            lists: Vec::new(),
            locations: HashMap::new(),
        }
    }

    pub(super) fn records(&self, spec: &FileSpec) -> &'a [Record] {
        self.records.get(spec.name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn has_file(&self, spec: &FileSpec) -> bool {
        self.records.contains_key(spec.name)
    }

    pub(super) const fn records_by_file(&self) -> &'a Records {
        self.records
    }

    pub(super) fn all_records(&self) -> impl Iterator<Item = &'a Record> {
        self.records.values().flatten()
    }

    pub(super) fn add_error(&mut self, location: SourceLocation, detail: impl Into<String>) {
        self.errors.push(ImportError::at(location, detail));
    }

    /// Returns the list items in a CSV file, by the row to which they belong.
    pub(super) fn items(
        &mut self,
        spec: &FileSpec,
        owner: impl Fn(&mut Self, &Record) -> Option<Uuid>,
        item: impl Fn(&mut Self, &Record) -> Value,
    ) -> HashMap<Uuid, Items> {
        let mut items: HashMap<Uuid, Items> = HashMap::new();
        for record in self.records(spec) {
            let value = item(self, record);
            if let Some(owner) = owner(self, record) {
                items.entry(owner).or_default().push(record.location, without_nulls(value));
            }
        }
        items
    }

    /// Checks and parses a request body as the API operation does. Converts each field error to an
    /// error for the CSV row with the invalid cell.
    pub(super) fn check<T: DeserializeOwned + Validate>(
        &mut self,
        operation: &str,
        location: SourceLocation,
        lists: &[BodyList<'_>],
        body: Value,
    ) -> Option<T> {
        let mut body = without_nulls(body);
        for (field, items) in lists {
            body[*field] = items.map(|items| items.values.clone()).unwrap_or_default().into();
        }
        let contract = self.contracts.of(operation)?;
        let mut field_errors = contract.check_body(&mut body);
        let typed: Option<T> = if field_errors.is_empty() {
            serde_json::from_value(body)
                .map_err(|error| field_errors.push(FieldError::body("", "invalid", error.to_string())))
                .ok()
        } else {
            None
        };
        if let Some(Err(violations)) = typed.as_ref().map(Validate::validate) {
            field_errors = rule_field_errors(&violations);
        }
        let is_valid = field_errors.is_empty();
        self.errors.extend(field_errors.iter().map(|error| to_import_error(error, location, lists)));
        typed.filter(|_| is_valid)
    }

    /// Adds a row with these table columns to the plan, and sets the column `id`.
    pub(super) fn put_row(&mut self, record: &Record, row: Row, mut columns: Value) {
        columns["id"] = Value::from(row.id.to_string());
        let table = self.tables.entry(record.spec.table).or_default();
        if row.exists { table.known.push(columns) } else { table.new.push(columns) }
    }

    /// Checks a row and adds it to the plan. Its table columns are the members of the operation's
    /// request body.
    pub(super) fn add_row<T: DeserializeOwned + Validate>(
        &mut self,
        operation: &str,
        (record, row): (&Record, Row),
        lists: &[BodyList<'_>],
        columns: Value,
    ) {
        self.check::<T>(operation, record.location, lists, columns.clone());
        self.put_row(record, row, columns);
    }

    /// Adds lists to the plan whose items are in a cell of the parent's CSV row.
    pub(super) fn add_cell_lists(&mut self, children: &'static Children, lists: Vec<(Uuid, Items)>) {
        let lists =
            lists.into_iter().map(|(owner, items)| List { owner, items, is_replaced: true }).collect();
        self.lists.push(Lists { children, file: None, lists });
    }

    /// Adds items to lists in the plan. The import deletes no existing items of these lists.
    pub(super) fn add_items(
        &mut self,
        children: &'static Children,
        file: &'static FileSpec,
        lists: HashMap<Uuid, Items>,
    ) {
        let lists =
            lists.into_iter().map(|(owner, items)| List { owner, items, is_replaced: false }).collect();
        self.lists.push(Lists { children, file: Some(file), lists });
    }

    /// Adds the lists in a CSV file to the plan, for each parent row that the file references and
    /// for each parent row in `declared`. If the directory does not contain the file, the import
    /// only adds items. A list whose parent is not in `declared` is checked as an update of the
    /// parent.
    pub(super) fn add_list_file<P: DeserializeOwned + Validate>(
        &mut self,
        list_file: &ListFile,
        mut items: HashMap<Uuid, Items>,
        declared: &HashSet<Uuid>,
    ) {
        if !self.has_file(list_file.file) {
            return self.add_items(list_file.children, list_file.file, items);
        }
        for (owner, items) in items.iter().filter(|(owner, _)| !declared.contains(owner)) {
            let Some(location) = items.first_location().or_else(|| self.locations.get(owner).copied()) else {
                continue;
            };
            self.check::<P>(list_file.operation, location, &[(list_file.field, Some(items))], json!({}));
        }
        if let Some(column) = list_file.position {
            items.values_mut().for_each(|items| items.number(column));
        }
        let mut owners: Vec<Uuid> = declared.iter().chain(items.keys()).copied().collect();
        owners.sort_unstable();
        owners.dedup();
        let list = |owner| List { owner, items: items.remove(&owner).unwrap_or_default(), is_replaced: true };
        let lists = owners.into_iter().map(list).collect();
        self.lists.push(Lists { children: list_file.children, file: Some(list_file.file), lists });
    }
}

/// Copies the members of `other` into a JSON object.
pub(super) fn merge(mut object: Value, other: Value) -> Value {
    if let (Some(object), Value::Object(other)) = (object.as_object_mut(), other) {
        object.extend(other);
    }
    object
}

/// Removes a member from a JSON object. Returns the member's value, or null.
pub(super) fn take(object: &mut Value, name: &str) -> Value {
    object.as_object_mut().and_then(|object| object.remove(name)).unwrap_or_default()
}

fn without_nulls(mut body: Value) -> Value {
    if let Some(object) = body.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    body
}

/// Converts a field error to an error for the CSV row with the invalid cell.
fn to_import_error(error: &FieldError, location: SourceLocation, lists: &[BodyList<'_>]) -> ImportError {
    let Some(pointer) = &error.pointer else { return ImportError::at(location, error.detail.clone()) };
    let path: Vec<&str> = pointer.trim_start_matches("#/").split('/').collect();
    if let [field, index, rest @ ..] = path.as_slice()
        && let Some((_, Some(items))) = lists.iter().find(|(name, _)| name == field)
        && let Some(location) = index.parse().ok().and_then(|i: usize| items.locations.get(i))
    {
        return ImportError::at(*location, format!("{}: {}", rest.join("."), error.detail));
    }
    ImportError::at(location, format!("{}: {}", path.join("."), error.detail))
}
