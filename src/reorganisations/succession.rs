//! The rules of a reorganisation that can be checked on the request's body alone.

use uuid::Uuid;

use super::model::{NewReorganisation, NewSuccessor, SuccessorSeat};
use crate::councils::model::SuccessionKind;
use crate::values::RuleErrors;

const STANDS_ALREADY: &str = "The list already contains this item.";

/// Reports successors that are given by both id and description or by neither, and duplicates in
/// the lists.
pub(super) fn check_names(errors: &mut RuleErrors, new: &NewReorganisation) {
    for (i, successor) in new.successors.iter().enumerate() {
        let at = format!("/successors/{i}");
        match (successor.council_id, &successor.council) {
            (None, None) => errors.add(&at, "required", "Send either `council_id` or `council`."),
            (Some(_), Some(_)) => {
                errors.add(&at, "mutually_exclusive", "Send either `council_id` or `council`, not both.");
            }
            (Some(id), None) if new.predecessor_ids.contains(&id) => {
                let detail = "A council does not succeed itself.";
                errors.add(format!("{at}/council_id"), "own_predecessor", detail);
            }
            _ => {}
        }
        let earlier = &new.successors[..i];
        let id_stands = |id| earlier.iter().any(|other| other.council_id == Some(id));
        if successor.council_id.is_some_and(id_stands) {
            errors.add(format!("{at}/council_id"), "duplicate", STANDS_ALREADY);
        }
        let code = |other: &NewSuccessor| other.council.as_ref().map(|council| council.gss_code.clone());
        if code(successor).is_some() && earlier.iter().any(|other| code(other) == code(successor)) {
            let at = format!("{at}/council/gss_code");
            errors.add(at, "duplicate", STANDS_ALREADY);
        }
        check_lists(errors, &at, new, successor);
    }
}

fn check_lists(errors: &mut RuleErrors, at: &str, new: &NewReorganisation, successor: &NewSuccessor) {
    let twice = successor.predecessor_ids.is_some() && successor.predecessors.is_some();
    let detail = "Send either `predecessor_ids` or `predecessors`, not both.";
    errors.add_if(twice, &format!("{at}/predecessors"), "mutually_exclusive", detail);
    let ids = successor.predecessor_ids.as_deref().unwrap_or_default().iter().enumerate();
    let ids = ids.map(|(j, id)| (*id, format!("{at}/predecessor_ids/{j}")));
    check_predecessors(errors, new, &ids.collect::<Vec<_>>());
    let links = successor.predecessors.as_deref().unwrap_or_default().iter().enumerate();
    let links = links.map(|(j, link)| (link.predecessor_id, format!("{at}/predecessors/{j}/predecessor_id")));
    check_predecessors(errors, new, &links.collect::<Vec<_>>());
    let seats = successor.seats.as_deref().unwrap_or_default();
    let key = |seat: &SuccessorSeat| (seat.group_id, seat.role.clone(), seat.ordinal.unwrap_or(1));
    for (k, seat) in seats.iter().enumerate() {
        if seats[..k].iter().any(|earlier| key(earlier) == key(seat)) {
            errors.add(format!("{at}/seats/{k}/ordinal"), "duplicate", STANDS_ALREADY);
        }
    }
}

/// Reports each predecessor, given with its JSON pointer, that is listed twice or is not one of the
/// councils that end.
fn check_predecessors(errors: &mut RuleErrors, new: &NewReorganisation, named: &[(Uuid, String)]) {
    for (j, (id, at)) in named.iter().enumerate() {
        if named[..j].iter().any(|(earlier, _)| earlier == id) {
            errors.add(at, "duplicate", STANDS_ALREADY);
        } else if !new.predecessor_ids.contains(id) {
            errors.add(
                at,
                "unknown_reference",
                "The council is not listed in the reorganisation's `predecessor_ids`.",
            );
        }
    }
}

/// Reports councils and links that do not fit the kind of succession: merged (several become one),
/// split (one becomes several) or renamed (one becomes one). The kind of the whole request is
/// checked once for each council, the kind of a link at that link.
pub(super) fn check_kind(errors: &mut RuleErrors, new: &NewReorganisation) {
    let links: Vec<_> = new.successors.iter().map(|successor| new.links_of(successor)).collect();
    let heirs =
        |id: Uuid| links.iter().filter(|of_heir| of_heir.iter().any(|(other, _)| *other == id)).count();
    let follows_as_all = |successor: &&NewSuccessor| successor.predecessors.is_none();
    let needs_kind = new.kind.is_none() && new.successors.iter().any(|successor| follows_as_all(&successor));
    let detail = "Send `kind`, or `predecessors` with a kind for each successor.";
    errors.add_if(needs_kind, "/kind", "required", detail);
    for (i, id) in new.predecessor_ids.iter().enumerate() {
        let of_all = new.successors.iter().filter(follows_as_all);
        let is_of_all = of_all.flat_map(|successor| new.links_of(successor)).any(|(other, _)| other == *id);
        let detail = match heirs(*id) {
            0 => Some("No successor takes over from this council."),
            heirs => new.kind.filter(|_| is_of_all).and_then(|kind| misfit_of_predecessor(heirs, kind)),
        };
        note_misfit(errors, format!("/predecessor_ids/{i}"), detail);
    }
    for (i, successor) in new.successors.iter().enumerate() {
        let misfit = |kind| misfit_of_successor(links[i].len(), successor.council.is_some(), kind);
        let own = successor.predecessors.iter().flatten();
        for (j, link) in own.enumerate() {
            let detail = misfit_of_predecessor(heirs(link.predecessor_id), link.kind);
            let detail = detail.or_else(|| misfit(link.kind));
            note_misfit(errors, format!("/successors/{i}/predecessors/{j}/kind"), detail);
        }
        let of_all = new.kind.filter(|_| follows_as_all(&successor));
        note_misfit(errors, format!("/successors/{i}"), of_all.and_then(misfit));
    }
}

fn note_misfit(errors: &mut RuleErrors, at: String, detail: Option<&'static str>) {
    if let Some(detail) = detail {
        errors.add(at, "does_not_fit_the_kind", detail);
    }
}

/// Returns why a kind does not fit a predecessor with this number of successors.
const fn misfit_of_predecessor(heirs: usize, kind: SuccessionKind) -> Option<&'static str> {
    match (heirs, kind) {
        (1, SuccessionKind::Split) => Some("A split needs at least two successors of this council."),
        (2.., SuccessionKind::Merged | SuccessionKind::Renamed) => {
            Some("With several successors the kind must be `split`.")
        }
        _ => None,
    }
}

/// Returns why a kind does not fit a successor with this number of predecessors.
const fn misfit_of_successor(
    predecessors: usize,
    is_new: bool,
    kind: SuccessionKind,
) -> Option<&'static str> {
    match (predecessors, kind) {
        (1, SuccessionKind::Merged) if is_new => {
            Some("A merger into a new council needs several predecessors: use `renamed` or `split`.")
        }
        (2.., SuccessionKind::Renamed) => Some("With several predecessors the kind must be `merged`."),
        _ => None,
    }
}
