//! What an import will write: rows by table and lists by parent, every one checked as the API would check it.

use std::collections::{HashMap, HashSet};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;
use validator::Validate;

use super::files::{FileSpec, Flaw, Place, Record, Records};
use super::keys::{Keys, Kind, MEETING_GROUP, Row};
use crate::db::Children;
use crate::db::nouns::noun;
use crate::values::Fault;
use crate::web::Contracts;
use crate::web::body::rule_faults;

/// The rows of a table.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Rows that are not in the database yet.
    pub(super) new: Vec<Value>,
    /// Rows that are, and may have changed.
    pub(super) known: Vec<Value>,
}

/// The lists of one child table.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) children: &'static Children,
    /// The file that has a row for each item; none where the items are in cells of their owners' rows.
    pub(super) file: Option<&'static FileSpec>,
    pub(super) lists: Vec<List>,
}

/// The list of one row.
#[derive(Debug)]
pub(super) struct List {
    pub(super) owner: Uuid,
    pub(super) items: Items,
    /// Whether it loses what is not among the items.
    pub(super) is_replaced: bool,
}

/// A list that has a file of its own.
pub(super) struct Listed {
    pub(super) children: &'static Children,
    pub(super) file: &'static FileSpec,
    /// The field of the owner's body.
    pub(super) field: &'static str,
    /// The operation that changes an owner.
    pub(super) operation: &'static str,
    /// The column of an item's place in its list, where the order matters.
    pub(super) position: Option<&'static str>,
}

/// An import before it is written.
pub(super) struct Plan<'a> {
    contracts: &'a Contracts,
    records: &'a Records,
    pub(super) keys: Keys,
    pub(super) flaws: Vec<Flaw>,
    pub(super) tables: HashMap<&'static str, Table>,
    pub(super) lists: Vec<Lists>,
    /// Where each row stands.
    pub(super) places: HashMap<Uuid, Place>,
}

/// The items of a list that stands in another file, with their places.
#[derive(Debug, Default, Clone)]
pub(super) struct Items {
    pub(super) values: Vec<Value>,
    places: Vec<Place>,
}

impl Items {
    /// Items that all stand at one place.
    pub(super) fn at(place: Place, values: Vec<Value>) -> Self {
        Self { places: vec![place; values.len()], values }
    }

    /// Adds an item.
    pub(super) fn push(&mut self, place: Place, value: Value) {
        self.values.push(value);
        self.places.push(place);
    }

    /// Writes each item's place in the list into a column.
    fn number(&mut self, column: &str) {
        for (position, value) in self.values.iter_mut().enumerate() {
            value[column] = Value::from(position);
        }
    }

    /// Where the first item stands.
    pub(super) fn first_place(&self) -> Option<Place> {
        self.places.first().copied()
    }

    /// The items with their places.
    pub(super) fn with_places(&self) -> impl Iterator<Item = (&Value, Place)> {
        self.values.iter().zip(self.places.iter().copied())
    }
}

/// Where the parts of a body come from.
pub(super) struct Origin<'o> {
    pub(super) place: Place,
    /// The body's lists: the field, and its items.
    pub(super) lists: &'o [(&'static str, &'o Items)],
}

impl<'a> Plan<'a> {
    /// A plan with nothing in it yet but the flaws that reading found.
    pub(super) fn new(contracts: &'a Contracts, records: &'a Records, keys: Keys, flaws: Vec<Flaw>) -> Self {
        Self {
            contracts,
            records,
            keys,
            flaws,
            tables: HashMap::new(),
            lists: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// The records of a file.
    pub(super) fn records(&self, spec: &FileSpec) -> &'a [Record] {
        self.records.get(spec.name).map_or(&[], Vec::as_slice)
    }

    /// Whether the file is there.
    pub(super) fn has(&self, spec: &FileSpec) -> bool {
        self.records.contains_key(spec.name)
    }

    /// The records of each file that was read.
    pub(super) const fn records_by_file(&self) -> &'a Records {
        self.records
    }

    /// The records of every file.
    pub(super) fn all_records(&self) -> impl Iterator<Item = &'a Record> {
        self.records.values().flatten()
    }

    pub(super) fn flaw(&mut self, place: Place, detail: impl Into<String>) {
        self.flaws.push(Flaw::at(place, detail));
    }

    /// The row that a line is about, under its natural key; a second line about it is a flaw.
    pub(super) fn declare(&mut self, kind: Kind, place: Place, key: &str) -> Row {
        let row = self.keys.declare(kind, key);
        if let Some(earlier) = self.places.insert(row.id, place) {
            self.flaw(place, format!("line {} is about the same row", earlier.line));
        }
        row
    }

    /// The row that a line is about, under its own key: of the import, or, for rows that have none, our id.
    pub(super) fn declare_keyed(&mut self, kind: Kind, record: &Record, column: &str) -> Option<Row> {
        let Some(key) = record.get(column) else {
            self.flaw(record.place, format!("{column}: a value is required"));
            return None;
        };
        if let (Ok(id), None) = (key.parse(), self.keys.find(kind, key)) {
            self.keys.alias(kind, key, Row { id, exists: false });
        }
        Some(self.declare(kind, record.place, key))
    }

    /// The group that meets at a meeting.
    pub(super) fn group_of(&self, meeting: Uuid) -> Option<Uuid> {
        self.keys.find(MEETING_GROUP, &meeting.to_string()).map(|group| group.id)
    }

    /// The row that a cell names. An empty or unknown name is a flaw.
    pub(super) fn refer(&mut self, kind: Kind, record: &Record, column: &str) -> Option<Row> {
        match record.get(column) {
            Some(name) => self.refer_by(kind, record.place, column, name),
            None => {
                self.flaw(record.place, format!("{column}: a value is required"));
                None
            }
        }
    }

    /// The row with a key that was put together from cells.
    pub(super) fn refer_by(&mut self, kind: Kind, place: Place, column: &str, key: &str) -> Option<Row> {
        let found = self.keys.find(kind, key);
        if found.is_none() {
            let name = key.rsplit('/').next().unwrap_or(key);
            self.flaw(place, format!("{column}: no {} is called {name:?}", noun(kind)));
        }
        found
    }

    /// The items of a file by the row that each belongs to.
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

    /// Checks a body as the operation would, and reads it; each fault becomes a flaw at the line it comes from.
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
                .map_err(|e| faults.push(Fault::body("", "invalid", e.to_string())))
                .ok()
        } else {
            None
        };
        if let Some(Err(broken)) = typed.as_ref().map(Validate::validate) {
            faults = rule_faults(&broken);
        }
        let is_sound = faults.is_empty();
        self.flaws.extend(faults.iter().map(|fault| flaw_of(fault, origin)));
        typed.filter(|_| is_sound)
    }

    /// Plans a row: the columns of its table, the id among them.
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

    /// Plans lists that gain items and lose none.
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

    /// Plans the lists of a file: of every row that it names, and of those that are in their own file. Without the
    /// file lists only gain items. The list of a row that is not in its own file is checked as a change of that row.
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

/// An object with the fields of another.
pub(super) fn with(mut object: Value, more: Value) -> Value {
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    object
}

/// A body without its empty cells, as a caller would leave them out.
fn without_nulls(mut body: Value) -> Value {
    if let Some(object) = body.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    body
}

/// A fault of a body at the line and column it comes from.
fn flaw_of(fault: &Fault, origin: &Origin<'_>) -> Flaw {
    let Some(pointer) = &fault.pointer else { return Flaw::at(origin.place, fault.detail.clone()) };
    let path: Vec<&str> = pointer.trim_start_matches("#/").split('/').collect();
    if let [field, index, rest @ ..] = path.as_slice()
        && let Some((_, items)) = origin.lists.iter().find(|(name, _)| name == field)
        && let Some(place) = index.parse().ok().and_then(|i: usize| items.places.get(i))
    {
        return Flaw::at(*place, format!("{}: {}", rest.join("."), fault.detail));
    }
    Flaw::at(origin.place, format!("{}: {}", path.join("."), fault.detail))
}
