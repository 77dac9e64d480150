//! The lists of an import. A list contains items that belong to one row, and a child table stores
//! the items.

use serde_json::{Value, json};
use uuid::Uuid;

use super::error::SourceLocation;
use super::files::FileSpec;
use crate::db::Children;

/// All lists that an import writes to one child table.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) children: &'static Children,
    /// The CSV file with one row for each item. `None` if the items are in a cell of the parent's
    /// CSV row.
    pub(super) file: Option<&'static FileSpec>,
    pub(super) lists: Vec<List>,
}

#[derive(Debug)]
pub(super) struct List {
    pub(super) owner: Uuid,
    pub(super) items: Items,
    /// Whether the import deletes existing items of this list that are not in `items`.
    pub(super) is_replaced: bool,
}

/// A kind of list whose items have a CSV file of their own.
pub(super) struct ListFile {
    pub(super) children: &'static Children,
    pub(super) file: &'static FileSpec,
    /// The member of the parent's request body that contains the list.
    pub(super) field: &'static str,
    pub(super) operation: &'static str,
    /// The column that contains an item's position in the list, if the order of the items matters.
    pub(super) position: Option<&'static str>,
}

/// The items of a list. Each item has the CSV file and the line number from which it was read.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) values: Vec<Value>,
    pub(super) locations: Vec<SourceLocation>,
}

impl Items {
    /// Creates the items of a list from the ids of the rows that a cell references.
    pub(super) fn references(location: SourceLocation, column: &str, ids: &[Uuid]) -> Self {
        let values = ids.iter().map(|id| json!({ column: id })).collect();
        Self { locations: vec![location; ids.len()], values }
    }

    pub(super) fn push(&mut self, location: SourceLocation, value: Value) {
        self.values.push(value);
        self.locations.push(location);
    }

    /// Numbers the items of a list by writing each item's position to the column.
    pub(super) fn number(&mut self, column: &str) {
        for (position, value) in self.values.iter_mut().enumerate() {
            value[column] = Value::from(position);
        }
    }

    pub(super) fn first_location(&self) -> Option<SourceLocation> {
        self.locations.first().copied()
    }

    pub(super) fn with_locations(&self) -> impl Iterator<Item = (&Value, SourceLocation)> {
        self.values.iter().zip(self.locations.iter().copied())
    }
}

/// A list in a request body. It has the name of the member, and the items if the member exists.
pub(super) type BodyList<'l> = (&'static str, Option<&'l Items>);
