//! Half-open ranges of days: in order, and not overlapping.

use validator::ValidationError;

use crate::values::{Day, Findings};

/// What is wrong with a range that ends before it begins.
pub const OUT_OF_ORDER: &str = "The end must be later than the start; ranges are half-open.";

/// A half-open range; an open end is unbounded.
pub type Range = (Option<Day>, Option<Day>);

/// Whether it ends at or before its start.
pub fn is_out_of_order((from, until): Range) -> bool {
    matches!((from, until), (Some(from), Some(until)) if until <= from)
}

/// Whether a day lies within.
pub fn contains((from, until): Range, day: Day) -> bool {
    from.is_none_or(|from| from <= day) && until.is_none_or(|until| day < until)
}

/// Whether two ranges share a day.
pub fn overlap(a: Range, b: Range) -> bool {
    let begins_before_end = |(from, _): Range, (_, until): Range| match (from, until) {
        (Some(from), Some(until)) => from < until,
        _ => true,
    };
    begins_before_end(a, b) && begins_before_end(b, a)
}

/// Notes each range of a list that is out of order.
pub fn check_order(findings: &mut Findings, ranges: &[Range], until_field: &str) {
    for (i, range) in ranges.iter().enumerate() {
        if is_out_of_order(*range) {
            findings.add(format!("/{i}/{until_field}"), "out_of_order", OUT_OF_ORDER);
        }
    }
}

/// Notes each range of a list that overlaps an earlier one.
pub fn check_overlaps(findings: &mut Findings, ranges: &[Range], from_field: &str) {
    for (i, range) in ranges.iter().enumerate() {
        if let Some(j) = ranges[..i].iter().position(|earlier| overlap(*earlier, *range)) {
            findings.add(
                format!("/{i}/{from_field}"),
                "overlap",
                format!("This overlaps number {j} of the list."),
            );
        }
    }
}

/// A rule of a body: its range, which ends at this field, is in order.
pub fn in_order(range: Range, until_field: &str) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    findings.add_if(is_out_of_order(range), until_field, "out_of_order", OUT_OF_ORDER);
    findings.into_result()
}

/// A rule of a field: its items differ.
pub fn are_distinct<K: PartialEq>(items: &[K]) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    check_distinct(&mut findings, items, "");
    findings.into_result()
}

/// Notes each item of a list whose key an earlier item has.
pub fn check_distinct<K: PartialEq>(findings: &mut Findings, keys: &[K], field: &str) {
    for (i, key) in keys.iter().enumerate() {
        if keys[..i].contains(key) {
            findings.add(format!("/{i}{field}"), "duplicate", "This stands in the list already.");
        }
    }
}
