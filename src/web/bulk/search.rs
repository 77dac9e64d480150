//! Searches a bulk request for the lines that a check refuses, if the check judges all lines
//! together. All functions are pure.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::db::bulk::{Applied, LineOutcome};
use crate::values::FieldError;

/// A bisection of the lines of a bulk request. Each trial checks some lines together with the lines
/// that are already accepted.
pub(super) struct Search {
    found: Partition,
    open: Vec<Range<usize>>,
}

/// The result of a search: the indexes of the accepted lines, and the refused lines with their
/// field errors.
#[derive(Default)]
pub(super) struct Partition {
    accepted: Vec<usize>,
    refused: Vec<(usize, FieldError)>,
}

impl Partition {
    pub(super) fn accepted<L: Copy>(&self, lines: &[L]) -> Vec<L> {
        self.accepted.iter().filter_map(|index| lines.get(*index).copied()).collect()
    }

    /// Returns the outcomes of the accepted and of the refused lines, in the order of the request.
    pub(super) fn merge(self, applied: Applied) -> Applied {
        let accepted = self.accepted.into_iter().zip(applied.outcomes);
        let refused = self
            .refused
            .into_iter()
            .map(|(index, field_error)| (index, LineOutcome::failed(vec![field_error])));
        let outcomes: BTreeMap<usize, LineOutcome> = accepted.chain(refused).collect();
        Applied { outcomes: outcomes.into_values().collect(), ..applied }
    }
}

impl Search {
    /// Starts a search for the refused lines among `lines` lines. A check of all these lines
    /// together has returned `field_error`.
    pub(super) fn new(lines: usize, field_error: FieldError) -> Self {
        let whole = 0..lines;
        let mut search = Self { found: Partition::default(), open: vec![whole] };
        search.record(Some(field_error));
        search
    }

    /// Returns the indexes of the lines to check next, in ascending order. Returns `None` if the
    /// search has ended.
    pub(super) fn next(&self) -> Option<Vec<usize>> {
        let part = self.open.last()?;
        Some(self.found.accepted.iter().copied().chain(part.clone()).collect())
    }

    /// Records the result of a trial. `None` means that the check accepted the lines.
    pub(super) fn record(&mut self, field_error: Option<FieldError>) {
        let Some(part) = self.open.pop() else { return };
        let half = part.start + part.len() / 2;
        match field_error {
            None => self.found.accepted.extend(part),
            Some(field_error) if part.len() == 1 => self.found.refused.push((part.start, field_error)),
            Some(_) => self.open.extend([half..part.end, part.start..half]),
        }
    }

    /// Returns the accepted and the refused lines. Returns `None` if the search has not ended, or
    /// if the check accepts each part separately.
    pub(super) fn finish(self) -> Option<Partition> {
        let Self { found, open } = self;
        (open.is_empty() && !found.refused.is_empty()).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::{FieldError, Partition, Search};

    fn field_error() -> FieldError {
        FieldError::body("", "refused", "It is refused.")
    }

    /// Searches a request in which the check refuses the lines `refused`. Returns the result and
    /// the number of trials.
    fn searched(lines: usize, refused: &[usize]) -> (Option<Partition>, usize) {
        let (mut search, mut trials) = (Search::new(lines, field_error()), 0);
        while let Some(indexes) = search.next() {
            assert!(indexes.is_sorted(), "{indexes:?}");
            search.record(indexes.iter().any(|index| refused.contains(index)).then(field_error));
            trials += 1;
        }
        (search.finish(), trials)
    }

    #[test]
    fn a_search_finds_the_lines_that_are_refused_and_no_other() {
        for refused in [vec![0], vec![999], vec![3, 4, 500], (0..1000).collect()] {
            let (found, _) = searched(1000, &refused);
            let found = found.expect("lines");
            let indexes: Vec<usize> = found.refused.iter().map(|(index, _)| *index).collect();
            assert_eq!(indexes, refused);
            assert_eq!(found.accepted.len(), 1000 - refused.len());
        }
        assert_eq!(searched(1, &[0]).1, 0, "a single line is known to be refused");
    }

    #[test]
    fn a_line_among_a_thousand_takes_twenty_trials_at_most() {
        assert!((0..1000).all(|index| searched(1000, &[index]).1 <= 20));
    }

    #[test]
    fn nothing_is_found_where_all_lines_pass_or_the_search_has_not_ended() {
        assert!(searched(10, &[]).0.is_none());
        assert!(Search::new(10, field_error()).finish().is_none());
    }
}
