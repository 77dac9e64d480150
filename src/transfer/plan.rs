//! The plan of an import: the rows of each table and the lists of each parent, checked as the API
//! checks them.

use std::collections::{HashMap, HashSet};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;
use validator::Validate;

use super::files::{FileSpec, ImportError, Record, Records, SourcePosition};
use super::keys::{Keys, Kind, MEETING_GROUP, Row};
use crate::db::Children;
use crate::db::resource_names::resource_name;
use crate::values::FieldError;
use crate::web::Contracts;
use crate::web::body::rule_field_errors;

/// The rows of a table.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Rows to create.
    pub(super) new: Vec<Value>,
    /// Existing rows, which may have changed.
    pub(super) known: Vec<Value>,
}

/// The lists of one child table.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) children: &'static Children,
    /// The file with a row for each item, or `None` if the items are in cells of their owners'
    /// rows.
    pub(super) file: Option<&'static FileSpec>,
    pub(super) lists: Vec<List>,
}

/// The list of one owner.
#[derive(Debug)]
pub(super) struct List {
    pub(super) owner: Uuid,
    pub(super) items: Items,
    /// Whether existing items that are not in `items` are deleted.
    pub(super) is_replaced: bool,
}

/// A list with its own file.
pub(super) struct Listed {
    pub(super) children: &'static Children,
    pub(super) file: &'static FileSpec,
    /// The field of the list in the owner's body.
    pub(super) field: &'static str,
    /// The operation that updates an owner.
    pub(super) operation: &'static str,
    /// The column of an item's position in its list, if the order matters.
    pub(super) position: Option<&'static str>,
}

/// A planned import.
pub(super) struct Plan<'a> {
    contracts: &'a Contracts,
    records: &'a Records,
    pub(super) keys: Keys,
    pub(super) errors: Vec<ImportError>,
    pub(super) tables: HashMap<&'static str, Table>,
    pub(super) lists: Vec<Lists>,
    /// The file and line of each row.
    pub(super) places: HashMap<Uuid, SourcePosition>,
}

/// The items of a list, with their files and lines.
#[derive(Debug, Default, Clone)]
pub(super) struct Items {
    pub(super) values: Vec<Value>,
    places: Vec<SourcePosition>,
}

impl Items {
    /// Creates items that all come from one line.
    pub(super) fn at(place: SourcePosition, values: Vec<Value>) -> Self {
        Self { places: vec![place; values.len()], values }
    }

    /// Adds an item.
    pub(super) fn push(&mut self, place: SourcePosition, value: Value) {
        self.values.push(value);
        self.places.push(place);
    }

    /// Writes each item's position in the list into a column.
    fn number(&mut self, column: &str) {
        for (position, value) in self.values.iter_mut().enumerate() {
            value[column] = Value::from(position);
        }
    }

    /// Returns the file and line of the first item.
    pub(super) fn first_place(&self) -> Option<SourcePosition> {
        self.places.first().copied()
    }

    /// Returns the items with their files and lines.
    pub(super) fn with_places(&self) -> impl Iterator<Item = (&Value, SourcePosition)> {
        self.values.iter().zip(self.places.iter().copied())
    }
}

/// The lines from which a body was made.
pub(super) struct Origin<'o> {
    pub(super) place: SourcePosition,
    /// The body's lists: the field and its items.
    pub(super) lists: &'o [(&'static str, &'o Items)],
}

impl<'a> Plan<'a> {
    /// Creates an empty plan with the errors that were found while reading.
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
            places: HashMap::new(),
        }
    }

    /// Returns the records of a file.
    pub(super) fn records(&self, spec: &FileSpec) -> &'a [Record] {
        self.records.get(spec.name).map_or(&[], Vec::as_slice)
    }

    /// Returns whether the file exists.
    pub(super) fn has(&self, spec: &FileSpec) -> bool {
        self.records.contains_key(spec.name)
    }

    /// Returns the records of each file.
    pub(super) const fn records_by_file(&self) -> &'a Records {
        self.records
    }

    /// Returns the records of all files.
    pub(super) fn all_records(&self) -> impl Iterator<Item = &'a Record> {
        self.records.values().flatten()
    }

    pub(super) fn add_error(&mut self, place: SourcePosition, detail: impl Into<String>) {
        self.errors.push(ImportError::at(place, detail));
    }

    /// Returns the row of a line by its natural key. A second line about the same row is an error.
    pub(super) fn declare(&mut self, kind: Kind, place: SourcePosition, key: &str) -> Row {
        let row = self.keys.declare(kind, key);
        if let Some(earlier) = self.places.insert(row.id, place) {
            self.add_error(place, format!("line {} is about the same row", earlier.line));
        }
        row
    }

    /// Returns the row of a line by its key column, which contains the import's own key or the
    /// row's id.
    pub(super) fn declare_keyed(&mut self, kind: Kind, record: &Record, column: &str) -> Option<Row> {
        let Some(key) = record.get(column) else {
            self.add_error(record.place, format!("{column}: a value is required"));
            return None;
        };
        if let (Ok(id), None) = (key.parse(), self.keys.find(kind, key)) {
            self.keys.alias(kind, key, Row { id, exists: false });
        }
        Some(self.declare(kind, record.place, key))
    }

    /// Returns the group of a meeting.
    pub(super) fn group_of(&self, meeting: Uuid) -> Option<Uuid> {
        self.keys.find(MEETING_GROUP, &meeting.to_string()).map(|group| group.id)
    }

    /// Returns the row that a cell references. An empty cell or an unknown reference is an error.
    pub(super) fn refer(&mut self, kind: Kind, record: &Record, column: &str) -> Option<Row> {
        match record.get(column) {
            Some(name) => self.refer_by(kind, record.place, column, name),
            None => {
                self.add_error(record.place, format!("{column}: a value is required"));
                None
            }
        }
    }

    /// Returns the row with a key that was built from cells. An unknown key is an error.
    pub(super) fn refer_by(
        &mut self,
        kind: Kind,
        place: SourcePosition,
        column: &str,
        key: &str,
    ) -> Option<Row> {
        let found = self.keys.find(kind, key);
        if found.is_none() {
            let name = key.rsplit('/').next().unwrap_or(key);
            self.add_error(place, format!("{column}: no {} is called {name:?}", resource_name(kind)));
        }
        found
    }

    /// Returns the items of a file by the row to which they belong.
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
                items.entry(owner).or_default().push(record.place, without_nulls(value));
            }
        }
        items
    }

    /// Checks a body as the operation does, and parses it. Each field error becomes an error at the
    /// line of the field.
    pub(super) fn check<T: DeserializeOwned + Validate>(
        &mut self,
        operation: &str,
        origin: &Origin<'_>,
        body: Value,
    ) -> Option<T> {
        let mut body = without_nulls(body);
        for (field, items) in origin.lists {
            body[*field] = Value::Array(items.values.clone());
        }
        let contract = self.contracts.of(operation)?;
        let mut faults = contract.check_body(&mut body);
        let typed: Option<T> = if faults.is_empty() {
            serde_json::from_value(body)
                .map_err(|e| faults.push(FieldError::body("", "invalid", e.to_string())))
                .ok()
        } else {
            None
        };
        if let Some(Err(broken)) = typed.as_ref().map(Validate::validate) {
            faults = rule_field_errors(&broken);
        }
        let is_sound = faults.is_empty();
        self.errors.extend(faults.iter().map(|fault| flaw_of(fault, origin)));
        typed.filter(|_| is_sound)
    }

    /// Plans a row with the columns of its table, and adds the id.
    pub(super) fn put(&mut self, table: &'static str, row: Row, mut columns: Value) {
        columns["id"] = Value::from(row.id.to_string());
        let planned = self.tables.entry(table).or_default();
        if row.exists { planned.known.push(columns) } else { planned.new.push(columns) }
    }

    /// Plans lists whose items are in cells of their owners' rows.
    pub(super) fn put_lists(&mut self, children: &'static Children, lists: Vec<(Uuid, Items)>) {
        let lists =
            lists.into_iter().map(|(owner, items)| List { owner, items, is_replaced: true }).collect();
        self.lists.push(Lists { children, file: None, lists });
    }

    /// Plans lists to which items are added and from which none are deleted.
    pub(super) fn put_additions(
        &mut self,
        children: &'static Children,
        file: &'static FileSpec,
        lists: HashMap<Uuid, Items>,
    ) {
        let lists =
            lists.into_iter().map(|(owner, items)| List { owner, items, is_replaced: false }).collect();
        self.lists.push(Lists { children, file: Some(file), lists });
    }

    /// Plans the lists of a file, for every owner that the file names and for every owner in `own`,
    /// the rows of the owners' file. Without the file items are only added. The list of an owner
    /// that is not in `own` is checked as an update of it.
    pub(super) fn put_listed<P: DeserializeOwned + Validate>(
        &mut self,
        listed: &Listed,
        mut items: HashMap<Uuid, Items>,
        own: &HashSet<Uuid>,
    ) {
        if !self.has(listed.file) {
            return self.put_additions(listed.children, listed.file, items);
        }
        for (owner, items) in items.iter().filter(|(owner, _)| !own.contains(owner)) {
            let Some(place) = items.first_place().or_else(|| self.places.get(owner).copied()) else {
                continue;
            };
            let origin = Origin { place, lists: &[(listed.field, items)] };
            self.check::<P>(listed.operation, &origin, Value::Object(Map::new()));
        }
        if let Some(column) = listed.position {
            items.values_mut().for_each(|items| items.number(column));
        }
        let mut owners: Vec<Uuid> = own.iter().chain(items.keys()).copied().collect();
        owners.sort_unstable();
        owners.dedup();
        let list = |owner| List { owner, items: items.remove(&owner).unwrap_or_default(), is_replaced: true };
        let lists = owners.into_iter().map(list).collect();
        self.lists.push(Lists { children: listed.children, file: Some(listed.file), lists });
    }
}

/// Adds the fields of another object to an object.
pub(super) fn with(mut object: Value, more: Value) -> Value {
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    object
}

/// Removes null members, which a client would leave out.
fn without_nulls(mut body: Value) -> Value {
    if let Some(object) = body.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    body
}

/// Converts a field error of a body to an error at the line of the field.
fn flaw_of(fault: &FieldError, origin: &Origin<'_>) -> ImportError {
    let Some(pointer) = &fault.pointer else { return ImportError::at(origin.place, fault.detail.clone()) };
    let path: Vec<&str> = pointer.trim_start_matches("#/").split('/').collect();
    if let [field, index, rest @ ..] = path.as_slice()
        && let Some((_, items)) = origin.lists.iter().find(|(name, _)| name == field)
        && let Some(place) = index.parse().ok().and_then(|i: usize| items.places.get(i))
    {
        return ImportError::at(*place, format!("{}: {}", rest.join("."), fault.detail));
    }
    ImportError::at(origin.place, format!("{}: {}", path.join("."), fault.detail))
}
