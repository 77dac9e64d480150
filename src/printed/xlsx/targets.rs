//! The sheet of the targets: a row for each, in the order of the document.

use std::collections::HashSet;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::Piece;
use super::grid::{self, Column};
use crate::printed::view::{ActionPart, Document, Remark, TargetRow, Way};
use crate::printed::words;

/// The columns, and how wide each is, in characters.
const COLUMNS: [Column; 21] = [
    Column::of_texts("Theme", 12),
    Column::of_texts("Outcome", 16),
    Column::of_texts("Ref", 6),
    Column::of_texts("Action", 17),
    Column::of_texts("Target", 18),
    Column::of_texts("Counted as", 9),
    Column::of_texts("Owner", 9),
    Column::of_texts("Monitoring", 12),
    Column::of_texts("Held to", 14),
    Column::of_numbers("Threshold", 14),
    Column::of_numbers("Outturn", 14),
    Column::of_numbers("Numerator", 12),
    Column::of_numbers("Denominator", 14),
    Column::of_texts("Outturn in words", 12),
    Column::of_texts("Provisional", 12),
    Column::of_texts("RAG", 11),
    Column::of_texts("Why", 12),
    Column::of_texts("Direction", 12),
    Column::of_texts("Ongoing performance", 32),
    Column::of_texts("Claimed, as printed", 24),
    Column::of_texts("Code", 18),
];

/// A row: where it stands in the document, and what of it is a target.
#[derive(Clone, Copy, Default)]
struct Row<'d> {
    theme: &'d str,
    outcome: &'d str,
    action: Option<&'d ActionPart>,
    target: Option<&'d TargetRow>,
}

/// Fills the sheet.
pub(super) fn write(sheet: &mut Worksheet, document: &Document) -> Result<(), XlsxError> {
    let mut counted = HashSet::new();
    let rows = rows(document).into_iter().map(|row| {
        let is_first = row.target.is_none_or(|target| counted.insert(target.code.as_str()));
        pieces(row, is_first)
    });
    let about = "Each target with its figures, in the order of the document";
    grid::write(sheet, ("Targets", about), &COLUMNS, &rows.collect::<Vec<_>>())
}

/// Every target under each of its actions, and every part of the plan that has none.
fn rows(document: &Document) -> Vec<Row<'_>> {
    let themes = document.themes.iter().flat_map(|theme| {
        let row = Row { theme: &theme.title, ..Row::default() };
        let outcomes = theme.outcomes.iter().flat_map(|outcome| {
            let row = Row { outcome: &outcome.title, ..row };
            or(
                row,
                outcome
                    .actions
                    .iter()
                    .flat_map(|action| of_action(Row { action: Some(action), ..row }, action)),
            )
        });
        or(row, outcomes)
    });
    or(Row::default(), themes)
}

fn of_action<'d>(row: Row<'d>, action: &'d ActionPart) -> Vec<Row<'d>> {
    or(row, action.targets.iter().map(|target| Row { target: Some(target), ..row }))
}

/// These rows, or one in their place.
fn or<'d>(none: Row<'d>, rows: impl Iterator<Item = Row<'d>>) -> Vec<Row<'d>> {
    let rows: Vec<Row<'_>> = rows.collect();
    if rows.is_empty() { vec![none] } else { rows }
}

fn pieces(row: Row<'_>, is_first: bool) -> Vec<Piece> {
    let action = row.action.map_or(["", ""], |action| [&action.reference, &action.title]);
    let place = [row.theme, row.outcome].into_iter().chain(action).map(Piece::text);
    match row.target {
        Some(target) => place.chain(promised(target, is_first)).chain(reached(target)).collect(),
        None => place.chain([Piece::text(words::NO_TARGET)]).collect(),
    }
}

/// What is promised. A joint target counts once, so a filter on the word that stands here counts as the summary does.
fn promised(target: &TargetRow, is_first: bool) -> [Piece; 6] {
    let word = target.counted_as();
    let counted = if is_first { word.to_owned() } else { format!("{word}, counted above") };
    [
        Piece::Strong(target.title.clone()),
        Piece::text(counted),
        Piece::text(target.owner.as_deref().unwrap_or_default()),
        Piece::lines(&target.monitoring),
        Piece::lines(&target.promise),
        Piece::amount(target.amounts.threshold),
    ]
}

/// How it stands, and what people say about it.
fn reached(target: &TargetRow) -> [Piece; 11] {
    let amounts = &target.amounts;
    let in_words: Vec<String> = std::iter::once(&target.value).chain(&target.parts).cloned().collect();
    let ways: Vec<String> = target.directions.iter().map(Way::line).collect();
    let (claims, told): (Vec<&Remark>, Vec<&Remark>) =
        target.remarks.iter().partition(|remark| remark.is_claim);
    [
        Piece::amount(amounts.value),
        Piece::whole(amounts.numerator),
        Piece::whole(amounts.denominator),
        Piece::lines(&in_words),
        Piece::text(target.still_to_come().unwrap_or_default()),
        Piece::Badge(target.badge),
        Piece::text(target.reason.as_str()),
        Piece::lines(&ways),
        Piece::lines(&said(&told)),
        Piece::claims(&said(&claims)),
        Piece::text(target.code.as_str()),
    ]
}

fn said(remarks: &[&Remark]) -> Vec<String> {
    remarks.iter().map(|remark| remark.line()).collect()
}
