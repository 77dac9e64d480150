//! Which lines of a batch a check refuses that judges only what all lines come to together. Pure.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::db::bulk::{Applied, Outcome};
use crate::values::Fault;

/// A search in progress: the batch is tried in ever smaller parts, each together with the lines that have passed before it.
pub(super) struct Search {
    passed: Vec<usize>,
    refused: Vec<(usize, Fault)>,
    open: Vec<Range<usize>>,
}

/// The lines that pass together, by their places, and the others, each with its fault.
pub(super) struct Found {
    passed: Vec<usize>,
    refused: Vec<(usize, Fault)>,
}

impl Found {
    /// The lines that pass.
    pub(super) fn passed<L: Copy>(&self, lines: &[L]) -> Vec<L> {
        self.passed.iter().map(|place| lines[*place]).collect()
    }

    /// What became of all lines, from what became of those that pass.
    pub(super) fn applied(&self, applied: Applied) -> Applied {
        let passed = self.passed.iter().copied().zip(applied.outcomes);
        let refused =
            self.refused.iter().map(|(place, fault)| (*place, Outcome::failed(vec![fault.clone()])));
        let outcomes: BTreeMap<usize, Outcome> = passed.chain(refused).collect();
        Applied { outcomes: outcomes.into_values().collect(), ..applied }
    }
}

impl Search {
    /// A search among so many lines, which are refused together for this reason.
    pub(super) fn new(lines: usize, fault: Fault) -> Self {
        let whole = 0..lines;
        let mut search = Self { passed: Vec::new(), refused: Vec::new(), open: vec![whole] };
        search.note(Some(fault));
        search
    }

    /// The places of the lines to try next, in their order; none at the end of the search.
    pub(super) fn next(&self) -> Option<Vec<usize>> {
        let part = self.open.last()?;
        Some(self.passed.iter().copied().chain(part.clone()).collect())
    }

    /// Notes what the check said of the lines that were tried: nothing, or why they are refused.
    pub(super) fn note(&mut self, fault: Option<Fault>) {
        let Some(part) = self.open.pop() else { return };
        let half = part.start + part.len() / 2;
        match fault {
            None => self.passed.extend(part),
            Some(fault) if part.len() == 1 => self.refused.push((part.start, fault)),
            Some(_) => self.open.extend([half..part.end, part.start..half]),
        }
    }

    /// What was found; none while the search has not ended, and where all lines pass, so that no line is the reason.
    pub(super) fn found(self) -> Option<Found> {
        let Self { passed, refused, open } = self;
        (open.is_empty() && !refused.is_empty()).then_some(Found { passed, refused })
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Found, Search};

    fn fault() -> Fault {
        Fault::body("", "refused", "It is refused.")
    }

    /// Searches a batch in which the check refuses these lines, and returns the number of trials.
    fn searched(lines: usize, refused: &[usize]) -> (Option<Found>, usize) {
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
