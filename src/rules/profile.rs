//! A target's profile: the amounts that are expected by given days of the plan period.

use rust_decimal::Decimal;

use super::measure::ProfilePoint;
use super::{Aim, PlanPeriod};
use crate::values::{Day, Number, RuleErrors};

/// Checks the amounts and days of a profile. Adds an error for each amount that is less than 0 or
/// less than the previous amount. Adds an error for each day that is not later than the previous
/// day.
pub fn check_order(errors: &mut RuleErrors, at: &str, profile: &[ProfilePoint]) {
    for (i, point) in profile.iter().enumerate().filter(|(_, point)| point.expected.0 < Decimal::ZERO) {
        let at = format!("{at}/profile/{i}/expected");
        errors.add(at, "out_of_range", format!("`expected` is {}. Send 0 or more.", point.expected));
    }
    for (i, pair) in profile.windows(2).enumerate() {
        if pair[1].by_on <= pair[0].by_on || pair[1].expected < pair[0].expected {
            let detail = "The target's profile is out of order. Each `by_on` must be later than the previous one, and each `expected` must not be less.";
            errors.add(format!("{at}/profile/{}", i + 1), "out_of_order", detail);
        }
    }
}

/// Adds an error for each amount in the profile that is more than the threshold. Does nothing for
/// an at-most target.
pub fn check_threshold(
    errors: &mut RuleErrors,
    at: &str,
    profile: &[ProfilePoint],
    aim: Aim,
    threshold: Option<Number>,
) {
    let Some(threshold) = threshold.filter(|_| aim == Aim::AtLeast) else { return };
    for (i, _) in profile.iter().enumerate().filter(|(_, point)| point.expected > threshold) {
        let detail = format!("`expected` must be at most the threshold, which is {threshold}.");
        errors.add(format!("{at}/profile/{i}/expected"), "out_of_range", detail);
    }
}

/// Returns the amount that a profile expects by the end of `day`. It is the amount for the last day
/// of the profile on or before `day`. Before the first day of the profile, it is 0. Returns `None`
/// for an empty profile.
pub fn expected(profile: &[ProfilePoint], day: Day) -> Option<Number> {
    profile.first()?;
    let reached = profile.iter().rev().find(|point| point.by_on <= day);
    Some(reached.map_or(Number::from(0), |point| point.expected))
}

/// Returns the profile for the plan period `next`. Each day moves by a number of months, and each
/// amount is at most `cap`. If two days become the same day, such as 28 and 29 February, the later
/// entry remains. Days outside `next` are removed.
pub fn moved(
    profile: &[ProfilePoint],
    months: u32,
    next: &PlanPeriod,
    cap: Option<Number>,
) -> Vec<ProfilePoint> {
    let mut carried: Vec<ProfilePoint> = Vec::new();
    for point in profile {
        let Some(by_on) = point.by_on.later(months).filter(|day| next.0.contains(day.0)) else {
            continue;
        };
        if carried.last().is_some_and(|earlier| earlier.by_on == by_on) {
            carried.pop();
        }
        let expected = cap.map_or(point.expected, |cap| point.expected.min(cap));
        carried.push(ProfilePoint { by_on, expected });
    }
    carried
}
