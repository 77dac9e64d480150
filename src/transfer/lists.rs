//! The lists of an import: items that belong to rows and have tables of their own.

use serde_json::{Value, json};
use uuid::Uuid;

use super::error::SourceLocation;
use super::files::FileSpec;
use crate::db::Children;

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
pub(super) struct ListFile {
    pub(super) children: &'static Children,
    pub(super) file: &'static FileSpec,
    /// The field of the list in the owner's body.
    pub(super) field: &'static str,
    /// The operation that updates an owner.
    pub(super) operation: &'static str,
    /// The column of an item's position in its list, if the order matters.
    pub(super) position: Option<&'static str>,
}

/// The items of a list, with their files and lines.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) values: Vec<Value>,
    pub(super) locations: Vec<SourceLocation>,
}

impl Items {
    /// Creates the items of a cell with references to rows.
    pub(super) fn references(location: SourceLocation, column: &str, ids: &[Uuid]) -> Self {
        let values = ids.iter().map(|id| json!({ column: id })).collect();
        Self { locations: vec![location; ids.len()], values }
    }

    /// Adds an item.
    pub(super) fn push(&mut self, location: SourceLocation, value: Value) {
        self.values.push(value);
        self.locations.push(location);
    }

    /// Writes each item's position in the list into a column.
    pub(super) fn number(&mut self, column: &str) {
        for (position, value) in self.values.iter_mut().enumerate() {
            value[column] = Value::from(position);
        }
    }

    /// Returns the file and line of the first item.
    pub(super) fn first_location(&self) -> Option<SourceLocation> {
        self.locations.first().copied()
    }

    /// Returns the items with their files and lines.
    pub(super) fn with_locations(&self) -> impl Iterator<Item = (&Value, SourceLocation)> {
        self.values.iter().zip(self.locations.iter().copied())
    }
}

/// A list of a body: the field and the items, if there are any.
pub(super) type BodyList<'l> = (&'static str, Option<&'l Items>);
