//! Finds the lines of a batch that a check refuses, if the check can only judge all lines together.
//! Pure.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::db::bulk::{Applied, LineOutcome};
use crate::values::FieldError;

/// A search in progress. It tries ever smaller parts of the batch, each together with the lines
/// that have passed before.
pub(super) struct Search {
    passed: Vec<usize>,
    refused: Vec<(usize, FieldError)>,
    open: Vec<Range<usize>>,
}

/// The indexes of the lines that pass together, and of the other lines with their field errors.
pub(super) struct Refused {
    passed: Vec<usize>,
    refused: Vec<(usize, FieldError)>,
}

impl Refused {
    /// Returns the lines that pass.
    pub(super) fn passed<L: Copy>(&self, lines: &[L]) -> Vec<L> {
        self.passed.iter().map(|place| lines[*place]).collect()
    }

    /// Combines the outcomes of the lines that pass with those of the refused lines, in the order
    /// of the batch.
    pub(super) fn applied(&self, applied: Applied) -> Applied {
        let passed = self.passed.iter().copied().zip(applied.outcomes);
        let refused =
            self.refused.iter().map(|(place, fault)| (*place, LineOutcome::failed(vec![fault.clone()])));
        let outcomes: BTreeMap<usize, LineOutcome> = passed.chain(refused).collect();
        Applied { outcomes: outcomes.into_values().collect(), ..applied }
    }
}

impl Search {
    /// Starts a search among this many lines, which are refused together with this field error.
    pub(super) fn new(lines: usize, fault: FieldError) -> Self {
        let whole = 0..lines;
        let mut search = Self { passed: Vec::new(), refused: Vec::new(), open: vec![whole] };
        search.note(Some(fault));
        search
    }

    /// Returns the indexes of the lines to try next, in ascending order; `None` if the search has
    /// ended.
    pub(super) fn next(&self) -> Option<Vec<usize>> {
        let part = self.open.last()?;
        Some(self.passed.iter().copied().chain(part.clone()).collect())
    }

    /// Notes the result of the check for the lines that were tried: `None`, or why they are
    /// refused.
    pub(super) fn note(&mut self, fault: Option<FieldError>) {
        let Some(part) = self.open.pop() else { return };
        let half = part.start + part.len() / 2;
        match fault {
            None => self.passed.extend(part),
            Some(fault) if part.len() == 1 => self.refused.push((part.start, fault)),
            Some(_) => self.open.extend([half..part.end, part.start..half]),
        }
    }

    /// Returns what was found. Returns `None` while the search has not ended, and if all lines
    /// pass, so that no line is the cause.
    pub(super) fn found(self) -> Option<Refused> {
        let Self { passed, refused, open } = self;
        (open.is_empty() && !refused.is_empty()).then_some(Refused { passed, refused })
    }
}

#[cfg(test)]
mod tests {
    use super::{FieldError, Refused, Search};

    fn fault() -> FieldError {
        FieldError::body("", "refused", "It is refused.")
    }

    /// Searches a batch in which the check refuses these lines. Returns the result and the number
    /// of trials.
    fn searched(lines: usize, refused: &[usize]) -> (Option<Refused>, usize) {
        let (mut search, mut trials) = (Search::new(lines, fault()), 0);
        while let Some(places) = search.next() {
            assert!(places.is_sorted(), "{places:?}");
            search.note(places.iter().any(|place| refused.contains(place)).then(fault));
            trials += 1;
        }
        (search.found(), trials)
    }

    #[test]
    fn a_search_finds_the_lines_that_are_refused_and_no_other() {
        for refused in [vec![0], vec![999], vec![3, 4, 500], (0..1000).collect()] {
            let (found, _) = searched(1000, &refused);
            let found = found.expect("lines");
            let places: Vec<usize> = found.refused.iter().map(|(place, _)| *place).collect();
            assert_eq!(places, refused);
            assert_eq!(found.passed.len(), 1000 - refused.len());
        }
        assert_eq!(searched(1, &[0]).1, 0, "a single line is known to be refused");
    }

    #[test]
    fn a_line_among_a_thousand_takes_twenty_trials_at_most() {
        assert!((0..1000).all(|place| searched(1000, &[place]).1 <= 20));
    }

    #[test]
    fn nothing_is_found_where_all_lines_pass_or_the_search_has_not_ended() {
        assert!(searched(10, &[]).0.is_none());
        assert!(Search::new(10, fault()).found().is_none());
    }
}
