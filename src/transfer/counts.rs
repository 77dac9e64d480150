//! The counts that an import prints for each file. An import creates, changes or leaves unchanged
//! the database row of each CSV row.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;
use uuid::Uuid;

use super::error::SourceLocation;
use super::files::ALL;
use super::lists::{List, Lists};
use super::plan::Plan;
use super::records::{Record, Records};
use crate::db::children::Written;

/// What an import did with the database row of a CSV row. `Created` has precedence over `Changed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    Changed,
    Created,
}

/// What an import did with the database row of each CSV row, and the number of rows that it
/// deleted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    effects: HashMap<SourceLocation, Effect>,
    removed: HashMap<&'static str, u64>,
}

impl Counts {
    fn set(&mut self, location: Option<SourceLocation>, effect: Effect) {
        if let Some(location) = location {
            let current = self.effects.entry(location).or_insert(effect);
            *current = effect.max(*current);
        }
    }

    pub(super) fn count_rows(&mut self, plan: &Plan<'_>, rows: &[Uuid], effect: Effect) {
        for row in rows {
            self.set(plan.locations.get(row).copied(), effect);
        }
    }

    /// Counts the written items of a child table. If the items are in a cell of their parent's CSV
    /// row, they count as a change of the parent.
    pub(super) fn count_lists(
        &mut self,
        plan: &Plan<'_>,
        Lists { children, file, .. }: &Lists,
        lists: &[List],
        written: &Written,
    ) {
        let owner_location = |owner: &Uuid| plan.locations.get(owner).copied();
        let Some(file) = file else {
            let owners = written.created.iter().chain(&written.changed).map(|(owner, _)| owner);
            return owners
                .chain(&written.removed)
                .for_each(|owner| self.set(owner_location(owner), Effect::Changed));
        };
        let mut locations: HashMap<(Uuid, &Value), SourceLocation> = HashMap::new();
        for list in lists {
            let items = list.items.with_locations();
            locations.extend(items.map(|(item, location)| ((list.owner, &item[children.key]), location)));
        }
        for (rows, effect) in [(&written.created, Effect::Created), (&written.changed, Effect::Changed)] {
            for (owner, key) in rows {
                self.set(locations.get(&(*owner, key)).copied(), effect);
            }
        }
        let removed = u64::try_from(written.removed.len()).unwrap_or(u64::MAX);
        *self.removed.entry(file.name).or_default() += removed;
    }

    /// Returns the counts for each CSV file that was read, in the order of the import.
    pub(super) fn to_import_counts(&self, records: &Records) -> ImportCounts {
        let read = ALL.iter().filter_map(|spec| Some((spec.name, records.get(spec.name)?)));
        ImportCounts(read.map(|(name, records)| self.count_file(name, records)).collect())
    }

    fn count_file(&self, name: &'static str, records: &[Record]) -> FileCounts {
        let removed = self.removed.get(name).copied().unwrap_or_default();
        let mut file = FileCounts { file: name, removed, ..FileCounts::default() };
        for record in records {
            file.rows += 1;
            match self.effects.get(&record.location) {
                Some(Effect::Created) => file.created += 1,
                Some(Effect::Changed) => file.changed += 1,
                None => file.unchanged += 1,
            }
        }
        file
    }
}

/// The counts for a CSV file. `rows` is the sum of `created`, `changed` and `unchanged`. `removed`
/// counts deleted rows of the database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct FileCounts {
    file: &'static str,
    rows: u64,
    created: u64,
    changed: u64,
    unchanged: u64,
    removed: u64,
}

/// The counts of an import, by CSV file. `Display` formats them as a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportCounts(Vec<FileCounts>);

impl ImportCounts {
    pub fn totals(&self) -> (u64, u64, u64) {
        let sum = |count: fn(&FileCounts) -> u64| self.0.iter().map(count).sum();
        (sum(|file| file.created), sum(|file| file.changed), sum(|file| file.removed))
    }
}

impl fmt::Display for ImportCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |file: &str, cells: [&dyn fmt::Display; 5]| {
            write!(f, "{file:<24}")?;
            cells.iter().try_for_each(|cell| write!(f, " {cell:>9}"))?;
            writeln!(f)
        };
        line("", [&"rows", &"created", &"changed", &"unchanged", &"removed"])?;
        for FileCounts { file, rows, created, changed, unchanged, removed } in &self.0 {
            line(file, [rows, created, changed, unchanged, removed])?;
        }
        Ok(())
    }
}
