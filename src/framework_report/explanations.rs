//! Sentences that explain the figures in the document.

use super::format::counted;

/// Explanations of the document's columns and marks, each as a pair of title and text.
pub const HOW_TO_READ: [(&str, &str); 5] = [
    (
        "Outturn",
        "Derived from registers, evaluation forms and dated entries, with numerator and denominator beside it. Percentages are rounded half up to two decimals; statuses compare whole numbers, never rounded ones.",
    ),
    ("Provisional", "A record that is due is missing, so the figure can still change."),
    (
        "Claimed, as printed",
        "A figure as somebody published it, shown for comparison. It changes no outturn and no status.",
    ),
    (
        "Constructed",
        "A register whose lines were made to reproduce a published total. Outturns count it, but it is no evidence about a single council.",
    ),
    (
        "Worst",
        "A theme or an outcome shows the worst colour among its stated targets, and how many of them have a figure. The colour is not filled where most have none.",
    ),
];

const ATTENDANCE_NOTE: &str = "Seats attended of seats expected at all meetings of the plan period so far whose registers are closed; at open events, the council itself.";

/// Returns a sentence that states which attendance the rates count and leave out, or why there are
/// no rates.
pub fn attendance_note(councils: usize, left_out: i64) -> String {
    let [closed, registers] =
        [("closed register is", "closed registers are"), ("register is", "registers are")]
            .map(|(singular, plural)| counted(left_out, singular, plural));
    match (councils, left_out) {
        (0, 0) => "No register of this plan period is closed yet.".to_owned(),
        (0, _) => format!(
            "No council is ranked: {closed} constructed to give a published total, which is no evidence about a single council."
        ),
        (_, 0) => ATTENDANCE_NOTE.to_owned(),
        _ => format!(
            "{ATTENDANCE_NOTE} {registers} left out: constructed to give a published total, which is no evidence about a single council."
        ),
    }
}

pub fn target_notes(provisional: i64, implied: i64) -> [String; 2] {
    let verb = if provisional == 1 { "is" } else { "are" };
    let (targets, them) = if implied == 1 { ("target is", "it") } else { ("targets are", "them") };
    [
        format!("{provisional} of the stated targets {verb} provisional: a record that is due is missing."),
        format!(
            "{implied} more {targets} implied by the wording of actions. The counts by status and direction leave {them} out; the missing records and the lists of targets include {them}."
        ),
    ]
}

pub const NOTHING_MISSING: &str = "Nothing is missing.";

pub const NO_TARGET: &str = "No target is stated.";
