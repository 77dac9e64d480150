//! The document as a Word file, with headings and a table for each action. Word repeats the name
//! and columns of a table on each page.

mod cells;
mod package;

use std::io::Cursor;

use docx_rs::{
    Docx, Footer, Header, LineSpacing, NumPages, PageMargin, PageNum, PageOrientationType, Paragraph,
    RunFonts, Style, StyleType, Table, TableCell, TableLayoutType, TableRow, WidthType,
};

use super::colours::BLUE;
use super::content::{
    ActionSection, Document, OwnerOverdue, Remark, TargetRow, TravelDirection, WorstStatus,
};
use super::explanations;
use super::format::counted;
use cells::{
    add_lines, badge_cell, bold_cell, header_cell, lines_cell, paragraph, run, styled_paragraph, table,
    text_cell,
};

/// The columns of the table of an action's targets, with their widths in twentieths of a point.
const COLUMNS: [(&str, usize); 6] = [
    ("Performance target", 3400),
    ("Monitoring", 1900),
    ("Outturn", 2600),
    ("RAG", 2000),
    ("Direction and trend", 2300),
    ("Claims and decisions", 3200),
];

pub fn render(document: &Document) -> Result<Vec<u8>, String> {
    let mut docx = empty_file(document);
    if let Some(name) = &document.association {
        docx = docx.add_paragraph(Paragraph::new().add_run(run(name).bold()));
    }
    docx = docx.add_paragraph(styled_paragraph("Title", &document.title));
    docx = docx.add_paragraph(paragraph(&format!(
        "Outturn at {}. Plan period {}.",
        document.as_at, document.period
    )));
    if let Some(warning) = &document.warning {
        docx = docx.add_paragraph(Paragraph::new().add_run(run(warning).bold()));
    }
    docx = summary(docx, document);
    for theme in &document.themes {
        let title = format!("{} ({})", theme.title, theme.worst.description());
        docx = docx.add_paragraph(styled_paragraph("Heading1", &title).page_break_before(true));
        for outcome in &theme.outcomes {
            let title = format!("{} ({})", outcome.title, outcome.worst.description());
            docx = docx.add_paragraph(styled_paragraph("Heading2", &title));
            for action in &outcome.actions {
                // Word merges adjacent tables, so a paragraph separates them.
                docx = docx.add_table(action_table(action)).add_paragraph(Paragraph::new());
            }
        }
    }
    docx = docx.add_paragraph(styled_paragraph("Heading1", "Basis of the figures"));
    docx = document.basis.iter().fold(docx, |docx, line| docx.add_paragraph(paragraph(line)));
    let mut bytes = Cursor::new(Vec::new());
    package::finalize(docx.build(), document)?.pack(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes.into_inner())
}

/// Builds a file without content, in A4 landscape format. It has styles, a page header with the
/// title, and a page footer with page numbers.
fn empty_file(document: &Document) -> Docx {
    let heading_style = |id: &str, name: &str, level: usize, size: usize| {
        let style = Style::new(id, StyleType::Paragraph).name(name).based_on("Normal").next("Normal");
        let style = style.outline_lvl(level).size(size).bold().color(BLUE);
        style.line_spacing(LineSpacing::new().before(240).after(80))
    };
    let title = Style::new("Title", StyleType::Paragraph).name("Title").size(44).bold().color(BLUE);
    let above = paragraph(&format!("{}: outturn at {}", document.full_title(), document.as_at));
    let pages = Paragraph::new().add_run(run("Page ")).add_page_num(PageNum::new());
    let pages = pages.add_run(run(" of ")).add_num_pages(NumPages::new());
    Docx::new()
        .page_size(16_838, 11_906)
        .page_orient(PageOrientationType::Landscape)
        .page_margin(PageMargin {
            top: 960,
            left: 720,
            bottom: 720,
            right: 720,
            header: 400,
            footer: 360,
            gutter: 0,
        })
        .default_fonts(RunFonts::new().ascii("Arial").hi_ansi("Arial").cs("Arial"))
        .default_size(18)
        .add_style(title)
        .add_style(heading_style("Heading1", "heading 1", 0, 30))
        .add_style(heading_style("Heading2", "heading 2", 1, 22))
        .header(Header::new().add_paragraph(above))
        .footer(Footer::new().add_paragraph(pages))
}

fn summary(docx: Docx, document: &Document) -> Docx {
    let docx = docx
        .add_paragraph(styled_paragraph("Heading1", "Summary"))
        .add_paragraph(paragraph(&counted(document.stated_targets, "stated target.", "stated targets.")));
    let notes = explanations::target_notes(document.provisional_targets, document.implied_targets);
    let docx = notes.iter().fold(docx, |docx, line| docx.add_paragraph(paragraph(line)));
    let names = document.statuses.iter().map(|status| header_cell(status.badge.word));
    let head = [header_cell("Theme"), header_cell("Worst")].into_iter().chain(names).collect();
    let themes = document.by_theme.iter().map(|theme| {
        let counts = theme.counts.iter().map(|status| text_cell(&status.count.to_string()));
        let first = [text_cell(&theme.title), worst_status_cell(&theme.worst)];
        TableRow::new(first.into_iter().chain(counts).collect()).cant_split()
    });
    let docx = docx
        .add_paragraph(styled_paragraph("Heading2", "Status by theme"))
        .add_table(table(vec![head], themes.collect()));
    let docx = document.directions.iter().fold(
        docx.add_paragraph(styled_paragraph("Heading2", "Direction of travel")),
        |docx, line| {
            docx.add_paragraph(paragraph(&format!("{}: {}.", line.compared_with, line.description())))
        },
    );
    let docx = docx.add_paragraph(styled_paragraph("Heading2", "Due and missing, by owner"));
    let docx = document.overdue.iter().fold(docx, |docx, overdue| {
        let OwnerOverdue { owner, missing_records, targets } = overdue;
        docx.add_paragraph(paragraph(&format!("{owner}: {missing_records}. Targets: {targets}.")))
    });
    attendance(docx, document)
}

fn attendance(docx: Docx, document: &Document) -> Docx {
    let docx = docx
        .add_paragraph(styled_paragraph("Heading2", "Attendance by council"))
        .add_paragraph(paragraph(&document.attendance_note));
    if document.attendance.is_empty() {
        return docx;
    }
    let councils = document.attendance.iter().map(|council| {
        let share = format!("{} of {}", council.attended, council.expected);
        TableRow::new(vec![text_cell(&council.name), text_cell(&share), text_cell(&council.percent_text)])
            .cant_split()
    });
    let head = vec![header_cell("Council"), header_cell("Attended of expected"), header_cell("Attendance")];
    docx.add_table(table(vec![head], councils.collect()))
}

/// Builds a cell with the worst colour of several targets, and the number of them with a figure.
/// The cell is not filled if most of the targets have no figure.
fn worst_status_cell(worst: &WorstStatus) -> TableCell {
    if worst.is_partial() {
        bold_cell(&format!("{} {}", worst.badge.symbol, worst.description()))
    } else {
        badge_cell(&worst.badge, &worst.description())
    }
}

/// Builds the table of an action: its name, the column headers, a row for each target, and a row
/// with the ongoing performance.
fn action_table(action: &ActionSection) -> Table {
    let name = bold_cell(&action.name()).grid_span(COLUMNS.len());
    let names = COLUMNS.map(|(name, width)| header_cell(name).width(width, WidthType::Dxa));
    let mut rows: Vec<TableRow> = action.targets.iter().map(target_row).collect();
    if rows.is_empty() {
        rows.push(
            TableRow::new(vec![text_cell(explanations::NO_TARGET).grid_span(COLUMNS.len())]).cant_split(),
        );
    }
    if action.has_ongoing_performance() {
        let narratives = action.narratives.iter().map(Remark::line);
        let meetings = Some(action.meetings.lines().join(" ")).filter(|line| !line.is_empty());
        let meetings = meetings.map(|line| format!("Meetings. {line}"));
        let ongoing = narratives.chain(meetings).fold(bold_cell("Ongoing performance"), add_lines);
        rows.push(TableRow::new(vec![ongoing.grid_span(COLUMNS.len())]).cant_split());
    }
    table(vec![vec![name], names.to_vec()], rows)
        .set_grid(COLUMNS.map(|(_, width)| width).to_vec())
        .layout(TableLayoutType::Fixed)
}

fn target_row(target: &TargetRow) -> TableRow {
    let implied = target.is_implied.then(|| "Implied by the action\u{2019}s wording".to_owned());
    let terms = implied.into_iter().chain(target.terms_and_owner());
    let notes = target.value_note.iter().chain(&target.completeness).cloned();
    let outturn = notes.chain(target.provisional_note());
    let directions = target.directions.iter().map(TravelDirection::line);
    let trend = target.trend_text().map(str::to_owned);
    let remarks = target.remarks.iter().map(Remark::line);
    let cells = vec![
        terms.fold(bold_cell(&target.title), add_lines),
        lines_cell(&target.monitoring),
        outturn.fold(bold_cell(&target.value), add_lines),
        add_lines(badge_cell(&target.badge, target.badge.word), target.reason.clone()),
        lines_cell(&directions.chain(trend).collect::<Vec<_>>()),
        lines_cell(&remarks.collect::<Vec<_>>()),
    ];
    let widths = COLUMNS.iter().map(|(_, width)| *width);
    TableRow::new(
        cells.into_iter().zip(widths).map(|(cell, width)| cell.width(width, WidthType::Dxa)).collect(),
    )
    .cant_split()
}
