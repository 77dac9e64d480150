//! The rules for reorganisations that can be checked without the database.

use uuid::Uuid;

use super::successor::{NewSuccessor, SuccessorSeat};
use crate::councils::model::SuccessionKind;
use crate::values::RuleErrors;

const ALREADY_LISTED: &str = "The list contains this item twice.";

/// Adds an error for each successor that does not have exactly one of `council_id` and `council`.
/// Adds an error for each duplicate in the lists.
pub(super) fn check_successors(
    errors: &mut RuleErrors,
    predecessor_ids: &[Uuid],
    successors: &[NewSuccessor],
) {
    for (i, successor) in successors.iter().enumerate() {
        let at = format!("/successors/{i}");
        match (successor.council_id, &successor.council) {
            (None, None) => errors.add(&at, "required", "Send either `council_id` or `council`."),
            (Some(_), Some(_)) => {
                errors.add(&at, "mutually_exclusive", "Send either `council_id` or `council`, not both.");
            }
            (Some(id), None) if predecessor_ids.contains(&id) => {
                let detail = "A council must not be its own predecessor.";
                errors.add(format!("{at}/council_id"), "own_predecessor", detail);
            }
            _ => {}
        }
        let earlier = &successors[..i];
        let is_listed = |id| earlier.iter().any(|other| other.council_id == Some(id));
        if successor.council_id.is_some_and(is_listed) {
            errors.add(format!("{at}/council_id"), "duplicate", ALREADY_LISTED);
        }
        let code = |other: &NewSuccessor| other.council.as_ref().map(|council| council.gss_code.clone());
        if code(successor).is_some() && earlier.iter().any(|other| code(other) == code(successor)) {
            let at = format!("{at}/council/gss_code");
            errors.add(at, "duplicate", ALREADY_LISTED);
        }
        check_lists(errors, &at, predecessor_ids, successor);
    }
}

fn check_lists(errors: &mut RuleErrors, at: &str, predecessor_ids: &[Uuid], successor: &NewSuccessor) {
    let has_both = successor.predecessor_ids.is_some() && successor.predecessors.is_some();
    let detail = "Send either `predecessor_ids` or `predecessors`, not both.";
    errors.add_if(has_both, &format!("{at}/predecessors"), "mutually_exclusive", detail);
    let ids = successor.predecessor_ids.as_deref().unwrap_or_default().iter().enumerate();
    let ids = ids.map(|(j, id)| (*id, format!("{at}/predecessor_ids/{j}")));
    check_predecessors(errors, predecessor_ids, &ids.collect::<Vec<_>>());
    let links = successor.predecessors.as_deref().unwrap_or_default().iter().enumerate();
    let links = links.map(|(j, link)| (link.predecessor_id, format!("{at}/predecessors/{j}/predecessor_id")));
    check_predecessors(errors, predecessor_ids, &links.collect::<Vec<_>>());
    let seats = successor.seats.as_deref().unwrap_or_default();
    let key = |seat: &SuccessorSeat| (seat.group_id, seat.role.clone(), seat.ordinal.unwrap_or(1));
    for (k, seat) in seats.iter().enumerate() {
        if seats[..k].iter().any(|earlier| key(earlier) == key(seat)) {
            errors.add(format!("{at}/seats/{k}/ordinal"), "duplicate", ALREADY_LISTED);
        }
    }
}

/// Adds an error for each predecessor in `listed` that occurs twice, or that is not one of the
/// councils that end. `listed` has the id and the JSON pointer of each predecessor.
fn check_predecessors(errors: &mut RuleErrors, predecessor_ids: &[Uuid], listed: &[(Uuid, String)]) {
    for (j, (id, at)) in listed.iter().enumerate() {
        if listed[..j].iter().any(|(earlier, _)| earlier == id) {
            errors.add(at, "duplicate", ALREADY_LISTED);
        } else if !predecessor_ids.contains(id) {
            errors.add(
                at,
                "unknown_reference",
                "The reorganisation's `predecessor_ids` must contain this council.",
            );
        }
    }
}

/// Adds an error for each council that does not fit its kind of succession. The kinds are merged
/// (several councils become one), split (one becomes several) and renamed (one becomes one). The
/// error points to the item of `predecessors` that states the kind, otherwise to the council.
pub(super) fn check_kind(
    errors: &mut RuleErrors,
    kind: Option<SuccessionKind>,
    predecessor_ids: &[Uuid],
    successors: &[NewSuccessor],
) {
    let links: Vec<_> = successors.iter().map(|successor| successor.links(predecessor_ids, kind)).collect();
    let successor_count = |id: Uuid| {
        links.iter().filter(|links_of_one| links_of_one.iter().any(|(other, _)| *other == id)).count()
    };
    let follows_all = |successor: &&NewSuccessor| successor.predecessors.is_none();
    let needs_kind = kind.is_none() && successors.iter().any(|successor| follows_all(&successor));
    let detail = "The kind of succession is missing. Send `kind`, or send `predecessors` with a `kind` for each successor.";
    errors.add_if(needs_kind, "/kind", "required", detail);
    for (i, id) in predecessor_ids.iter().enumerate() {
        let of_all = successors.iter().filter(follows_all);
        let is_of_all = of_all
            .flat_map(|successor| successor.links(predecessor_ids, kind))
            .any(|(other, _)| other == *id);
        let detail = match successor_count(*id) {
            0 => Some("No successor takes over from this council."),
            successor_count => {
                kind.filter(|_| is_of_all).and_then(|kind| misfit_of_predecessor(successor_count, kind))
            }
        };
        report_misfit(errors, format!("/predecessor_ids/{i}"), detail);
    }
    for (i, successor) in successors.iter().enumerate() {
        let misfit = |kind| misfit_of_successor(links[i].len(), successor.council.is_some(), kind);
        let own = successor.predecessors.iter().flatten();
        for (j, link) in own.enumerate() {
            let detail = misfit_of_predecessor(successor_count(link.predecessor_id), link.kind);
            let detail = detail.or_else(|| misfit(link.kind));
            report_misfit(errors, format!("/successors/{i}/predecessors/{j}/kind"), detail);
        }
        let of_all = kind.filter(|_| follows_all(&successor));
        report_misfit(errors, format!("/successors/{i}"), of_all.and_then(misfit));
    }
}

fn report_misfit(errors: &mut RuleErrors, at: String, detail: Option<&'static str>) {
    if let Some(detail) = detail {
        errors.add(at, "does_not_fit_the_kind", detail);
    }
}

/// Returns why a predecessor with this number of successors does not fit the kind of succession, or
/// `None` if it fits.
const fn misfit_of_predecessor(successor_count: usize, kind: SuccessionKind) -> Option<&'static str> {
    match (successor_count, kind) {
        (1, SuccessionKind::Split) => Some("The kind `split` needs at least two successors of this council."),
        (2.., SuccessionKind::Merged | SuccessionKind::Renamed) => {
            Some("With several successors, the kind must be `split`.")
        }
        _ => None,
    }
}

/// Returns why a successor with this number of predecessors does not fit the kind of succession, or
/// `None` if it fits.
const fn misfit_of_successor(
    predecessors: usize,
    is_new: bool,
    kind: SuccessionKind,
) -> Option<&'static str> {
    match (predecessors, kind) {
        (1, SuccessionKind::Merged) if is_new => {
            Some("A merger into a new council needs several predecessors. Send `renamed` or `split`.")
        }
        (2.., SuccessionKind::Renamed) => Some("With several predecessors, the kind must be `merged`."),
        _ => None,
    }
}
