//! Half-open ranges of days. The functions check their order and whether they overlap.

use validator::ValidationError;

use crate::values::{Day, RuleErrors};

pub const OUT_OF_ORDER: &str = "The end must be later than the start. The range does not include the end.";

/// A half-open range of days. It contains the first day and the first day after the range. `None`
/// means no limit.
pub type Range = (Option<Day>, Option<Day>);

/// Returns whether a range of days ends at or before its start.
pub fn is_out_of_order((from, until): Range) -> bool {
    matches!((from, until), (Some(from), Some(until)) if until <= from)
}

pub fn contains((from, until): Range, day: Day) -> bool {
    from.is_none_or(|from| from <= day) && until.is_none_or(|until| day < until)
}

pub fn overlap(a: Range, b: Range) -> bool {
    let begins_before_end = |(from, _): Range, (_, until): Range| match (from, until) {
        (Some(from), Some(until)) => from < until,
        _ => true,
    };
    begins_before_end(a, b) && begins_before_end(b, a)
}

/// Adds an error for each range of days in a list that ends at or before its start.
pub fn check_order(errors: &mut RuleErrors, ranges: &[Range], until_field: &str) {
    for (i, range) in ranges.iter().enumerate() {
        if is_out_of_order(*range) {
            errors.add(format!("/{i}/{until_field}"), "out_of_order", OUT_OF_ORDER);
        }
    }
}

/// Adds an error for each range of days that overlaps an earlier range in the list.
pub fn check_overlaps(errors: &mut RuleErrors, ranges: &[Range], from_field: &str) {
    for (i, range) in ranges.iter().enumerate() {
        if let Some(j) = ranges[..i].iter().position(|earlier| overlap(*earlier, *range)) {
            errors.add(
                format!("/{i}/{from_field}"),
                "overlap",
                format!("The period overlaps the period of item {j} of the list. Items are counted from 0."),
            );
        }
    }
}

/// Validates that a range of days ends after its start. The error's location is the field
/// `until_field`, which contains the end.
pub fn in_order(range: Range, until_field: &str) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    errors.add_if(is_out_of_order(range), until_field, "out_of_order", OUT_OF_ORDER);
    errors.into_result()
}

/// Validates that no item occurs twice in a list.
pub fn are_distinct<K: PartialEq>(items: &[K]) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    check_distinct(&mut errors, items, "");
    errors.into_result()
}

/// Adds an error for each key that occurs earlier in the list.
pub fn check_distinct<K: PartialEq>(errors: &mut RuleErrors, keys: &[K], field: &str) {
    for (i, key) in keys.iter().enumerate() {
        if keys[..i].contains(key) {
            errors.add(format!("/{i}{field}"), "duplicate", "The list contains this item twice.");
        }
    }
}
