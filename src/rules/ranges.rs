//! Half-open ranges of days, and checks of their order and overlaps.

use validator::ValidationError;

use crate::values::{Day, RuleErrors};

/// The error text for a range that does not end after its start.
pub const OUT_OF_ORDER: &str = "The end must be later than the start; ranges are half-open.";

/// A half-open range. `None` is unbounded.
pub type Range = (Option<Day>, Option<Day>);

/// Returns whether the range ends at or before its start.
pub fn is_out_of_order((from, until): Range) -> bool {
    matches!((from, until), (Some(from), Some(until)) if until <= from)
}

/// Returns whether the range contains a day.
pub fn contains((from, until): Range, day: Day) -> bool {
    from.is_none_or(|from| from <= day) && until.is_none_or(|until| day < until)
}

/// Returns whether two ranges share a day.
pub fn overlap(a: Range, b: Range) -> bool {
    let begins_before_end = |(from, _): Range, (_, until): Range| match (from, until) {
        (Some(from), Some(until)) => from < until,
        _ => true,
    };
    begins_before_end(a, b) && begins_before_end(b, a)
}

/// Adds a finding for each range of a list that is out of order.
pub fn check_order(errors: &mut RuleErrors, ranges: &[Range], until_field: &str) {
    for (i, range) in ranges.iter().enumerate() {
        if is_out_of_order(*range) {
            errors.add(format!("/{i}/{until_field}"), "out_of_order", OUT_OF_ORDER);
        }
    }
}

/// Adds a finding for each range of a list that overlaps an earlier one.
pub fn check_overlaps(errors: &mut RuleErrors, ranges: &[Range], from_field: &str) {
    for (i, range) in ranges.iter().enumerate() {
        if let Some(j) = ranges[..i].iter().position(|earlier| overlap(*earlier, *range)) {
            errors.add(
                format!("/{i}/{from_field}"),
                "overlap",
                format!("This range overlaps item {j} of the list, counted from 0."),
            );
        }
    }
}

/// Validates that the range of a body is in order. An error is at `until_field`, the field of its
/// end.
pub fn in_order(range: Range, until_field: &str) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    errors.add_if(is_out_of_order(range), until_field, "out_of_order", OUT_OF_ORDER);
    errors.into_result()
}

/// Validates that the items of a field differ.
pub fn are_distinct<K: PartialEq>(items: &[K]) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    check_distinct(&mut errors, items, "");
    errors.into_result()
}

/// Adds a finding for each item of a list that has the key of an earlier item.
pub fn check_distinct<K: PartialEq>(errors: &mut RuleErrors, keys: &[K], field: &str) {
    for (i, key) in keys.iter().enumerate() {
        if keys[..i].contains(key) {
            errors.add(format!("/{i}{field}"), "duplicate", "The list already contains this item.");
        }
    }
}
