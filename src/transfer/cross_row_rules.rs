//! Checks the rules of an import that concern several rows. The database enforces the same rules,
//! but reports one violation at a time and without a line number. These checks report every
//! violation with its line number.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::error::{Error, ImportError, SourceLocation};
use super::plan::{Plan, Table};
use crate::groups::seats::model::TERMS;
use crate::rules::ranges::{Range, overlap};
use crate::rules::{Aim, Measure, PlanPeriod, Tolerance};
use crate::values::{Day, Number};

/// Returns the plan of an import if it has no errors. Otherwise returns all errors.
pub(super) fn check(mut plan: Plan<'_>) -> Result<Plan<'_>, Error> {
    let mut errors = Vec::new();
    check_meetings(&plan, &mut errors);
    check_registers(&plan, &mut errors);
    check_progress(&plan, &mut errors);
    check_corrections(&plan, &mut errors);
    check_revisions(&plan, &mut errors);
    check_profiles(&plan, &mut errors);
    check_continuations(&plan, &mut errors);
    check_external_ids(&plan, &mut errors);
    plan.errors.append(&mut errors);
    if plan.errors.is_empty() {
        check_records(&plan, &mut errors);
        plan.errors.append(&mut errors);
    }
    if plan.errors.is_empty() {
        return Ok(plan);
    }
    plan.errors.sort();
    plan.errors.dedup();
    Err(Error::Invalid(plan.errors))
}

fn rows<'p>(plan: &'p Plan<'_>, table: &str) -> impl Iterator<Item = &'p Value> {
    plan.tables.get(table).into_iter().flat_map(|Table { new, known }| new.iter().chain(known))
}

fn by_id<'p>(plan: &'p Plan<'_>, table: &str) -> HashMap<Uuid, &'p Value> {
    rows(plan, table).filter_map(|row| Some((id(row, "id")?, row))).collect()
}

fn id(row: &Value, column: &str) -> Option<Uuid> {
    row[column].as_str()?.parse().ok()
}

fn day(row: &Value, column: &str) -> Option<Day> {
    row[column].as_str()?.parse().ok()
}

fn add_error(plan: &Plan<'_>, errors: &mut Vec<ImportError>, row: &Value, detail: &str) {
    if let Some(location) = id(row, "id").and_then(|id| plan.locations.get(&id)) {
        errors.push(ImportError::at(*location, detail));
    }
}

/// Checks that a group has no two meetings with the same title on the same day, unless a CSV row
/// sets `one_of_several`.
fn check_meetings(plan: &Plan<'_>, errors: &mut Vec<ImportError>) {
    let mut seen = HashMap::new();
    for meeting in rows(plan, "meetings").filter(|meeting| meeting["one_of_several"] != true) {
        let key = ["group_id", "held_on", "title"].map(|column| &meeting[column]);
        let location = id(meeting, "id").and_then(|id| plan.locations.get(&id));
        if let (Some(earlier), Some(location)) = (seen.insert(key, location).flatten(), location) {
            let (first, second) = (earlier.line.min(location.line), *earlier.max(location));
            let detail =
                format!("title: CSV line {first} describes a meeting with the same group, date and title");
            errors.push(ImportError::at(second, detail));
        }
    }
}

/// Checks that each attendance record is possible for its meeting. The meeting must not be
/// cancelled and must keep a register. On the meeting's date the council and the seat must exist,
/// and the seat must have a holder.
fn check_registers(plan: &Plan<'_>, errors: &mut Vec<ImportError>) {
    let (meetings, seats) = (by_id(plan, "meetings"), by_id(plan, "seats"));
    let councils = by_id(plan, "councils");
    let terms = terms_by_seat(plan);
    for line in rows(plan, "attendance") {
        let Some(meeting) = id(line, "meeting_id").and_then(|id| meetings.get(&id)) else { continue };
        if meeting["status"] == "cancelled" {
            add_error(plan, errors, line, "meeting: a cancelled meeting cannot have attendance records");
        }
        if meeting["register"] == "not_kept" {
            add_error(plan, errors, line, "meeting: a register that is not_kept has no attendance records");
        }
        let is_delegate = line["seat_id"].is_null() && line["status"] != "in_attendance";
        if is_delegate && !meeting["group_id"].is_null() {
            add_error(plan, errors, line, "delegate_ref: only open events have delegates, so name a seat");
        }
        let council = id(line, "council_id").and_then(|id| councils.get(&id));
        if let Some((council, held_on)) = council.zip(day(meeting, "held_on"))
            && line["status"] != "in_attendance"
            && !covers((day(council, "exists_from"), day(council, "exists_until")), held_on)
        {
            add_error(plan, errors, line, "council: the council did not exist on the meeting's date");
        }
        let seat = id(line, "seat_id").and_then(|id| Some((id, *seats.get(&id)?)));
        if let Some(((seat_id, seat), held_on)) = seat.zip(day(meeting, "held_on")) {
            let exists = covers((day(seat, "exists_from"), day(seat, "exists_until")), held_on);
            let is_occupied =
                terms.get(&seat_id).is_none_or(|terms| terms.iter().any(|term| covers(*term, held_on)));
            if !exists || !is_occupied {
                add_error(
                    plan,
                    errors,
                    line,
                    "role: on the meeting's date, the seat was vacant or did not exist",
                );
            }
        }
    }
}

fn check_continuations(plan: &Plan<'_>, errors: &mut Vec<ImportError>) {
    let (targets, frameworks) = (by_id(plan, "targets"), by_id(plan, "frameworks"));
    let year = |target: &Value| day(frameworks.get(&id(target, "framework_id")?)?, "plan_from");
    for target in rows(plan, "targets") {
        let continued = id(target, "continues_target_id").and_then(|id| targets.get(&id));
        let years = continued.and_then(|continued| year(continued).zip(year(target)));
        if years.is_some_and(|(before, own)| before >= own) {
            add_error(plan, errors, target, "continues: only a target of an earlier plan period is allowed");
        }
    }
}

fn covers(range: Range, day: Day) -> bool {
    let next = day.0.succ_opt().map(Day);
    overlap(range, (Some(day), next))
}

/// Returns the terms in the CSV files, by seat. Seats without terms in the files are not included.
fn terms_by_seat(plan: &Plan<'_>) -> HashMap<Uuid, Vec<Range>> {
    let of_seat =
        |terms: &[Value]| terms.iter().map(|t| (day(t, "held_from"), day(t, "held_until"))).collect();
    let of_table = plan.lists.iter().filter(|lists| lists.children.table == TERMS.table);
    of_table.flat_map(|lists| &lists.lists).map(|list| (list.owner, of_seat(&list.items.values))).collect()
}

/// Returns the kind of progress entries that a measure counts. Returns `None` if it counts none.
fn entry_kind(measure: &Value) -> Option<&'static str> {
    match measure["kind"].as_str()? {
        "council_coverage" => (measure["basis"] == "entries").then_some("coverage"),
        "count_total" => Some("count"),
        "ratio" => Some("ratio"),
        "reading" => Some("reading"),
        "financial_balance" => Some("money"),
        "milestone" => Some("milestone"),
        _ => None,
    }
}

/// Checks that each progress entry has the kind that its target's measure counts. Also checks that
/// each correction has the same target and kind as the entry that it corrects.
fn check_progress(plan: &Plan<'_>, errors: &mut Vec<ImportError>) {
    let (targets, entries) = (by_id(plan, "targets"), by_id(plan, "progress"));
    let mut superseded = HashSet::new();
    for entry in rows(plan, "progress") {
        let kind = entry["kind"].as_str().unwrap_or_default();
        let is_valued = !matches!(kind, "narrative" | "judgement" | "claim");
        if let Some(target) = id(entry, "target_id").and_then(|id| targets.get(&id)) {
            let measure = &target["measure"];
            if is_valued && entry_kind(measure) != Some(kind) {
                add_error(plan, errors, entry, "kind: progress entries of this kind do not fit the measure");
            } else if kind == "ratio" && exceeds(entry, measure) {
                add_error(plan, errors, entry, "numerator: the numerator must not exceed the denominator");
            } else if kind == "money" && entry["area"] != measure["area"] {
                add_error(plan, errors, entry, "area: the target measures the money of another area");
            }
        }
        let Some(corrected) = id(entry, "supersedes_id") else { continue };
        if !superseded.insert(corrected) {
            add_error(plan, errors, entry, "supersedes: another progress entry supersedes the same entry");
        }
        let differs =
            |column: &str| entries.get(&corrected).is_some_and(|other| other[column] != entry[column]);
        if Some(corrected) == id(entry, "id") || differs("target_id") || differs("kind") {
            add_error(plan, errors, entry, "supersedes: name a different entry of the same target and kind");
        }
    }
}

/// Returns whether the numerator of an entry exceeds its denominator although the measure does not
/// allow it.
fn exceeds(entry: &Value, measure: &Value) -> bool {
    let may_exceed = matches!(Measure::deserialize(measure), Ok(Measure::Ratio(ratio)) if ratio.may_exceed());
    entry["numerator"].as_i64() > entry["denominator"].as_i64() && !may_exceed
}

fn check_corrections(plan: &Plan<'_>, errors: &mut Vec<ImportError>) {
    let entries = by_id(plan, "progress");
    let corrected = |entry: &Value| entries.get(&id(entry, "supersedes_id")?).copied();
    for entry in rows(plan, "progress") {
        let chain = std::iter::successors(corrected(entry), |entry| corrected(entry));
        if chain.take(entries.len()).any(|earlier| earlier["id"] == entry["id"]) {
            add_error(plan, errors, entry, "supersedes: the entries supersede each other in a cycle");
        }
    }
}

/// Checks that each revision is within the plan period and changes an existing threshold. The new
/// threshold must not be less than the target's absolute tolerance.
fn check_revisions(plan: &Plan<'_>, errors: &mut Vec<ImportError>) {
    let (targets, frameworks) = (by_id(plan, "targets"), by_id(plan, "frameworks"));
    for revision in rows(plan, "revisions") {
        let Some(target) = id(revision, "target_id").and_then(|id| targets.get(&id)) else { continue };
        if target["threshold"].is_null() {
            add_error(plan, errors, revision, "target: a target without a threshold cannot have revisions");
        }
        let year = plan_period(target, &frameworks);
        if year.zip(day(revision, "revised_on")).is_some_and(|(year, Day(on))| !year.0.contains(on)) {
            add_error(plan, errors, revision, "revised_on: the date must be in the framework's plan period");
        }
        if tolerance_exceeds(target, &revision["threshold"]) {
            add_error(
                plan,
                errors,
                revision,
                "threshold: the threshold must not be smaller than the target's absolute tolerance",
            );
        }
    }
}

fn plan_period(target: &Value, frameworks: &HashMap<Uuid, &Value>) -> Option<PlanPeriod> {
    let framework = frameworks.get(&id(target, "framework_id")?)?;
    Some(PlanPeriod::new(day(framework, "plan_from")?.0, day(framework, "plan_until")?.0))
}

fn tolerance_exceeds(target: &Value, threshold: &Value) -> bool {
    let tolerance = Tolerance::deserialize(&target["tolerance"]).ok();
    let aim = Aim::deserialize(&target["aim"]).unwrap_or(Aim::AtLeast);
    let threshold = Number::deserialize(threshold).ok();
    tolerance.zip(threshold).is_some_and(|(tolerance, threshold)| tolerance.exceeds(aim, threshold))
}

fn check_profiles(plan: &Plan<'_>, errors: &mut Vec<ImportError>) {
    let frameworks = by_id(plan, "frameworks");
    for target in rows(plan, "targets") {
        let Some(year) = plan_period(target, &frameworks) else { continue };
        let points = target["measure"]["profile"].as_array().into_iter().flatten();
        if points.filter_map(|point| day(point, "by_on")).any(|Day(by_on)| !year.0.contains(by_on)) {
            add_error(
                plan,
                errors,
                target,
                "parameters: each date of the profile must be within the framework's plan period",
            );
        }
    }
}

/// Checks that each external id belongs to only one row. Also checks that each row has at most one
/// external id in each external system.
fn check_external_ids(plan: &Plan<'_>, errors: &mut Vec<ImportError>) {
    for lists in plan.lists.iter().filter(|lists| lists.children.key == "system") {
        let mut keys = Vec::new();
        for list in &lists.lists {
            keys.extend(list.items.with_locations().map(|(key, location)| (location, list.owner, key)));
        }
        keys.sort_by_key(|(location, ..)| *location);
        let (mut known, mut systems) = (HashSet::new(), HashSet::new());
        for (location, row, key) in keys {
            if !known.insert((key["system"].to_string(), key["external_id"].to_string())) {
                errors.push(ImportError::at(
                    location,
                    "external_id: another record has this external id in the same external system",
                ));
            } else if !systems.insert((row, key["system"].to_string())) {
                errors.push(ImportError::at(
                    location,
                    "system: another CSV line gives the same record an external id in this external system",
                ));
            }
        }
    }
}

/// Checks that the plan of an import contains every CSV row, so that no CSV row is ignored.
fn check_records(plan: &Plan<'_>, errors: &mut Vec<ImportError>) {
    let items = plan.lists.iter().flat_map(|lists| &lists.lists).flat_map(|list| list.items.with_locations());
    let planned: HashSet<SourceLocation> =
        plan.locations.values().copied().chain(items.map(|(_, location)| location)).collect();
    let missing = plan.all_records().filter(|record| !planned.contains(&record.location));
    errors.extend(
        missing.map(|record| ImportError::at(record.location, "the import would ignore this CSV row")),
    );
}
