//! The rules of a reorganisation that its body alone can tell.

use uuid::Uuid;

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
    let twice = successor.predecessor_ids.is_some() && successor.predecessors.is_some();
    let detail = "Name the predecessors one way: predecessor_ids, or predecessors with their kinds.";
    findings.add_if(twice, &format!("{at}/predecessors"), "named_twice", detail);
    let ids = successor.predecessor_ids.as_deref().unwrap_or_default().iter().enumerate();
    let ids = ids.map(|(j, id)| (*id, format!("{at}/predecessor_ids/{j}")));
    check_predecessors(findings, new, &ids.collect::<Vec<_>>());
    let links = successor.predecessors.as_deref().unwrap_or_default().iter().enumerate();
    let links = links.map(|(j, link)| (link.predecessor_id, format!("{at}/predecessors/{j}/predecessor_id")));
    check_predecessors(findings, new, &links.collect::<Vec<_>>());
    let seats = successor.seats.as_deref().unwrap_or_default();
    let key = |seat: &SuccessorSeat| (seat.group_id, seat.role.clone(), seat.ordinal.unwrap_or(1));
    for (k, seat) in seats.iter().enumerate() {
        if seats[..k].iter().any(|earlier| key(earlier) == key(seat)) {
            findings.add(format!("{at}/seats/{k}/ordinal"), "duplicate", STANDS_ALREADY);
        }
    }
}

/// Notes each predecessor, with its place, that is named twice or that does not end.
fn check_predecessors(findings: &mut Findings, new: &NewReorganisation, named: &[(Uuid, String)]) {
    for (j, (id, at)) in named.iter().enumerate() {
        if named[..j].iter().any(|(earlier, _)| earlier == id) {
            findings.add(at, "duplicate", STANDS_ALREADY);
        } else if !new.predecessor_ids.contains(id) {
            findings.add(at, "unknown_reference", "This is not one of the councils that end.");
        }
    }
}

/// Notes what does not fit its kind: several become one, one becomes several, or one becomes one. A kind that the request says
/// for all links is judged once for each council, a link's own kind at the link.
pub(super) fn check_kind(findings: &mut Findings, new: &NewReorganisation) {
    let links: Vec<_> = new.successors.iter().map(|successor| new.links_of(successor)).collect();
    let heirs =
        |id: Uuid| links.iter().filter(|of_heir| of_heir.iter().any(|(other, _)| *other == id)).count();
    let follows_as_all = |successor: &&NewSuccessor| successor.predecessors.is_none();
    let needs_kind = new.kind.is_none() && new.successors.iter().any(|successor| follows_as_all(&successor));
    let detail = "Say how the successors follow, or give each its predecessors with their kinds.";
    findings.add_if(needs_kind, "/kind", "required", detail);
    for (i, id) in new.predecessor_ids.iter().enumerate() {
        let of_all = new.successors.iter().filter(follows_as_all);
        let is_of_all = of_all.flat_map(|successor| new.links_of(successor)).any(|(other, _)| other == *id);
        let detail = match heirs(*id) {
            0 => Some("No council takes over from this one."),
            heirs => new.kind.filter(|_| is_of_all).and_then(|kind| misfit_of_predecessor(heirs, kind)),
        };
        note_misfit(findings, format!("/predecessor_ids/{i}"), detail);
    }
    for (i, successor) in new.successors.iter().enumerate() {
        let misfit = |kind| misfit_of_successor(links[i].len(), successor.council.is_some(), kind);
        let own = successor.predecessors.iter().flatten();
        for (j, link) in own.enumerate() {
            let detail = misfit_of_predecessor(heirs(link.predecessor_id), link.kind);
            let detail = detail.or_else(|| misfit(link.kind));
            note_misfit(findings, format!("/successors/{i}/predecessors/{j}/kind"), detail);
        }
        let of_all = new.kind.filter(|_| follows_as_all(&successor));
        note_misfit(findings, format!("/successors/{i}"), of_all.and_then(misfit));
    }
}

fn note_misfit(findings: &mut Findings, at: String, detail: Option<&'static str>) {
    if let Some(detail) = detail {
        findings.add(at, "does_not_fit_the_kind", detail);
    }
}

/// Why a kind does not fit a council from which so many take over.
const fn misfit_of_predecessor(heirs: usize, kind: SuccessionKind) -> Option<&'static str> {
    match (heirs, kind) {
        (1, SuccessionKind::Split) => Some("A council that is split becomes several."),
        (2.., SuccessionKind::Merged | SuccessionKind::Renamed) => {
            Some("This council becomes several: that is a split.")
        }
        _ => None,
    }
}

/// Why a kind does not fit a council that takes over from so many.
const fn misfit_of_successor(
    predecessors: usize,
    is_new: bool,
    kind: SuccessionKind,
) -> Option<&'static str> {
    match (predecessors, kind) {
        (1, SuccessionKind::Merged) if is_new => {
            Some("A new council merges several; one that goes on as another is renamed.")
        }
        (2.., SuccessionKind::Renamed) => Some("This council takes over from several: that is a merger."),
        _ => None,
    }
}
