//! The rules of a reorganisation that its body alone can tell.

use super::model::{NewReorganisation, NewSuccessor, SuccessorSeat};
use crate::councils::model::SuccessionKind;
use crate::values::Findings;

const STANDS_ALREADY: &str = "This stands in the list already.";

/// Notes each successor that is not named exactly once, and what it is given twice.
pub(super) fn check_names(findings: &mut Findings, new: &NewReorganisation) {
    for (i, successor) in new.successors.iter().enumerate() {
        let at = format!("/successors/{i}");
        match (successor.council_id, &successor.council) {
            (None, None) => findings.add(&at, "required", "Name the council by council_id, or describe it."),
            (Some(_), Some(_)) => {
                findings.add(&at, "named_twice", "A council is either there already or new.");
            }
            (Some(id), None) if new.predecessor_ids.contains(&id) => {
                let detail = "A council does not succeed itself.";
                findings.add(format!("{at}/council_id"), "own_predecessor", detail);
            }
            _ => {}
        }
        let earlier = &new.successors[..i];
        let id_stands = |id| earlier.iter().any(|other| other.council_id == Some(id));
        if successor.council_id.is_some_and(id_stands) {
            findings.add(format!("{at}/council_id"), "duplicate", STANDS_ALREADY);
        }
        let code = |other: &NewSuccessor| other.council.as_ref().map(|council| council.gss_code.clone());
        if code(successor).is_some() && earlier.iter().any(|other| code(other) == code(successor)) {
            let at = format!("{at}/council/gss_code");
            findings.add(at, "duplicate", STANDS_ALREADY);
        }
        check_lists(findings, &at, new, successor);
    }
}

fn check_lists(findings: &mut Findings, at: &str, new: &NewReorganisation, successor: &NewSuccessor) {
    let named = successor.predecessor_ids.as_deref().unwrap_or_default();
    for (j, id) in named.iter().enumerate() {
        let at = format!("{at}/predecessor_ids/{j}");
        if named[..j].contains(id) {
            findings.add(at, "duplicate", STANDS_ALREADY);
        } else if !new.predecessor_ids.contains(id) {
            findings.add(at, "unknown_reference", "This is not one of the councils that end.");
        }
    }
    let seats = successor.seats.as_deref().unwrap_or_default();
    let key = |seat: &SuccessorSeat| (seat.group_id, seat.role.clone(), seat.ordinal.unwrap_or(1));
    for (k, seat) in seats.iter().enumerate() {
        if seats[..k].iter().any(|earlier| key(earlier) == key(seat)) {
            findings.add(format!("{at}/seats/{k}/ordinal"), "duplicate", STANDS_ALREADY);
        }
    }
}

/// Notes what does not fit the kind: several become one, one becomes several, or one becomes one.
pub(super) fn check_kind(findings: &mut Findings, new: &NewReorganisation) {
    for (i, id) in new.predecessor_ids.iter().enumerate() {
        let heirs = new.successors.iter().filter(|other| new.predecessors_of(other).contains(id)).count();
        let detail = match (heirs, new.kind) {
            (0, _) => Some("No council takes over from this one."),
            (1, SuccessionKind::Split) => Some("A council that is split becomes several."),
            (2.., SuccessionKind::Merged | SuccessionKind::Renamed) => {
                Some("This council becomes several: that is a split.")
            }
            _ => None,
        };
        if let Some(detail) = detail {
            findings.add(format!("/predecessor_ids/{i}"), "does_not_fit_the_kind", detail);
        }
    }
    for (i, successor) in new.successors.iter().enumerate() {
        let detail = match (new.predecessors_of(successor).len(), new.kind) {
            (1, SuccessionKind::Merged) if successor.council.is_some() => {
                Some("A new council merges several; one that goes on as another is renamed.")
            }
            (2.., SuccessionKind::Split | SuccessionKind::Renamed) => {
                Some("This council takes over from several: that is a merger.")
            }
            _ => None,
        };
        if let Some(detail) = detail {
            findings.add(format!("/successors/{i}"), "does_not_fit_the_kind", detail);
        }
    }
}
