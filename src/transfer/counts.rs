//! The counts of an import by file: each row of a file is created, changed or unchanged.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;
use uuid::Uuid;

use super::files::{ALL, Record, Records, SourcePosition};
use super::plan::{List, Lists, Plan};
use crate::db::children::Written;

/// The effect of a row of a file. `Created` has precedence over `Changed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    Changed,
    Created,
}

/// The effects so far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    effects: HashMap<SourcePosition, Effect>,
    removed: HashMap<&'static str, u64>,
}

impl Counts {
    fn note(&mut self, place: Option<SourcePosition>, effect: Effect) {
        if let Some(place) = place {
            let noted = self.effects.entry(place).or_insert(effect);
            *noted = effect.max(*noted);
        }
    }

    /// Counts rows of a table.
    pub(super) fn count_rows(&mut self, plan: &Plan<'_>, rows: &[Uuid], effect: Effect) {
        for row in rows {
            self.note(plan.places.get(row).copied(), effect);
        }
    }

    /// Counts the written items of lists of a child table. If the items are in a cell of their
    /// owner's row, that row counts as changed.
    pub(super) fn count_lists(
        &mut self,
        plan: &Plan<'_>,
        Lists { children, file, .. }: &Lists,
        lists: &[List],
        written: &Written,
    ) {
        let owner_place = |owner: &Uuid| plan.places.get(owner).copied();
        let Some(file) = file else {
            let touched = written.created.iter().chain(&written.changed).map(|(owner, _)| owner);
            return touched
                .chain(&written.removed)
                .for_each(|owner| self.note(owner_place(owner), Effect::Changed));
        };
        let mut places: HashMap<(Uuid, &Value), SourcePosition> = HashMap::new();
        for list in lists {
            let keyed = list.items.with_places();
            places.extend(keyed.map(|(item, place)| ((list.owner, &item[children.key]), place)));
        }
        for (rows, effect) in [(&written.created, Effect::Created), (&written.changed, Effect::Changed)] {
            for (owner, key) in rows {
                self.note(places.get(&(*owner, key)).copied(), effect);
            }
        }
        let removed = u64::try_from(written.removed.len()).unwrap_or(u64::MAX);
        *self.removed.entry(file.name).or_default() += removed;
    }

    /// Returns the counts of each file that was read, in the order of the import.
    pub(super) fn outcome(&self, records: &Records) -> ImportCounts {
        let read = ALL.iter().filter_map(|spec| Some((spec.name, records.get(spec.name)?)));
        ImportCounts(read.map(|(name, records)| self.of_file(name, records)).collect())
    }

    fn of_file(&self, name: &'static str, records: &[Record]) -> FileCounts {
        let removed = self.removed.get(name).copied().unwrap_or_default();
        let mut file = FileCounts { file: name, removed, ..FileCounts::default() };
        for record in records {
            file.rows += 1;
            match self.effects.get(&record.place) {
                Some(Effect::Created) => file.created += 1,
                Some(Effect::Changed) => file.changed += 1,
                None => file.unchanged += 1,
            }
        }
        file
    }
}

/// The rows of a file: `created`, `changed` and `unchanged` add up to `rows`; `removed` are rows of the database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct FileCounts {
    file: &'static str,
    rows: u64,
    created: u64,
    changed: u64,
    unchanged: u64,
    removed: u64,
}

/// The counts of an import by file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportCounts(Vec<FileCounts>);

impl ImportCounts {
    /// Returns the numbers of created, changed and removed rows of all files.
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
