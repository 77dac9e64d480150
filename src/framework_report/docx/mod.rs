//! The document as a Word file, with headings and a table for each action. The table's name and
//! columns are repeated on each page.

mod cells;
mod package;

use std::io::Cursor;

use docx_rs::{
    Docx, Footer, Header, LineSpacing, NumPages, PageMargin, PageNum, PageOrientationType, Paragraph,
    RunFonts, Style, StyleType, Table, TableCell, TableLayoutType, TableRow, WidthType,
};

use super::colours::BLUE;
use super::view::{ActionPart, Document, Remark, TargetRow, Way, Worst};
use super::words;
use cells::{badge, cell, heading, plain, run, said, strong, styled, table, with};

/// The columns of an action's table with their widths, in twentieths of a point.
const COLUMNS: [(&str, usize); 6] = [
    ("Performance target", 3400),
    ("Monitoring", 1900),
    ("Outturn", 2600),
    ("RAG", 2000),
    ("Direction and trend", 2300),
    ("Claims and decisions", 3200),
];

/// Builds the file.
pub fn file(document: &Document) -> Result<Vec<u8>, String> {
    let mut docx = frame(document);
    if let Some(name) = &document.association {
        docx = docx.add_paragraph(Paragraph::new().add_run(run(name).bold()));
    }
    docx = docx.add_paragraph(styled("Title", &document.title));
    docx =
        docx.add_paragraph(plain(&format!("Outturn at {}. Plan year {}.", document.as_at, document.period)));
    if let Some(warning) = &document.warning {
        docx = docx.add_paragraph(Paragraph::new().add_run(run(warning).bold()));
    }
    docx = summary(docx, document);
    for theme in &document.themes {
        let title = format!("{} ({})", theme.title, theme.worst.says());
        docx = docx.add_paragraph(styled("Heading1", &title).page_break_before(true));
        for outcome in &theme.outcomes {
            let title = format!("{} ({})", outcome.title, outcome.worst.says());
            docx = docx.add_paragraph(styled("Heading2", &title));
            for action in &outcome.actions {
                // Word merges adjacent tables, so there is a paragraph between them.
                docx = docx.add_table(of_action(action)).add_paragraph(Paragraph::new());
            }
        }
    }
    docx = docx.add_paragraph(styled("Heading1", "Basis of the figures"));
    docx = document.basis.iter().fold(docx, |docx, line| docx.add_paragraph(plain(line)));
    let mut bytes = Cursor::new(Vec::new());
    package::finish(docx.build(), document)?.pack(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes.into_inner())
}

/// Builds an empty file on A4 landscape with its styles, a header with the title, and a footer with
/// page numbers.
fn frame(document: &Document) -> Docx {
    let heading = |id: &str, name: &str, level: usize, size: usize| {
        let style = Style::new(id, StyleType::Paragraph).name(name).based_on("Normal").next("Normal");
        let style = style.outline_lvl(level).size(size).bold().color(BLUE);
        style.line_spacing(LineSpacing::new().before(240).after(80))
    };
    let title = Style::new("Title", StyleType::Paragraph).name("Title").size(44).bold().color(BLUE);
    let above = plain(&format!("{}: outturn at {}", document.full_title(), document.as_at));
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
        .add_style(heading("Heading1", "heading 1", 0, 30))
        .add_style(heading("Heading2", "heading 2", 1, 22))
        .header(Header::new().add_paragraph(above))
        .footer(Footer::new().add_paragraph(pages))
}

fn summary(docx: Docx, document: &Document) -> Docx {
    let docx = docx.add_paragraph(styled("Heading1", "Summary")).add_paragraph(plain(&words::counted(
        document.stated,
        "stated target.",
        "stated targets.",
    )));
    let about = words::about_targets(document.provisional, document.implied);
    let docx = about.iter().fold(docx, |docx, line| docx.add_paragraph(plain(line)));
    let names = document.statuses.iter().map(|status| heading(status.badge.word));
    let head = [heading("Theme"), heading("Worst")].into_iter().chain(names).collect();
    let themes = document.by_theme.iter().map(|theme| {
        let counts = theme.counts.iter().map(|status| said(&status.count.to_string()));
        let first = [said(&theme.title), worst(&theme.worst)];
        TableRow::new(first.into_iter().chain(counts).collect()).cant_split()
    });
    let docx = docx
        .add_paragraph(styled("Heading2", "Status by theme"))
        .add_table(table(vec![head], themes.collect()));
    let docx = document
        .directions
        .iter()
        .fold(docx.add_paragraph(styled("Heading2", "Direction of travel")), |docx, line| {
            docx.add_paragraph(plain(&format!("{}: {}.", line.against, line.says())))
        });
    let docx = docx.add_paragraph(styled("Heading2", "Due and missing, by owner"));
    let docx = document.overdue.iter().fold(docx, |docx, debt| {
        docx.add_paragraph(plain(&format!("{}: {}. Targets: {}.", debt.owner, debt.missing, debt.targets)))
    });
    attendance(docx, document)
}

fn attendance(docx: Docx, document: &Document) -> Docx {
    let docx = docx
        .add_paragraph(styled("Heading2", "Attendance by council"))
        .add_paragraph(plain(&document.about_attendance));
    if document.attendance.is_empty() {
        return docx;
    }
    let councils = document.attendance.iter().map(|council| {
        let share = format!("{} of {}", council.attended, council.expected);
        TableRow::new(vec![said(&council.name), said(&share), said(&council.percent)]).cant_split()
    });
    let head = vec![heading("Council"), heading("Attended of expected"), heading("Attendance")];
    docx.add_table(table(vec![head], councils.collect()))
}

/// Builds a cell with the worst colour of some targets and the number of targets with data. It is
/// not filled if most of them have no data.
fn worst(worst: &Worst) -> TableCell {
    if worst.is_partial() {
        strong(&format!("{} {}", worst.badge.mark, worst.says()))
    } else {
        badge(&worst.badge, &worst.says())
    }
}

/// Builds an action's table: its name and the columns, its targets, and its ongoing performance
/// across all columns.
fn of_action(action: &ActionPart) -> Table {
    let name = strong(&action.name()).grid_span(COLUMNS.len());
    let names = COLUMNS.map(|(name, width)| heading(name).width(width, WidthType::Dxa));
    let mut rows: Vec<TableRow> = action.targets.iter().map(row).collect();
    if rows.is_empty() {
        rows.push(TableRow::new(vec![said(words::NO_TARGET).grid_span(COLUMNS.len())]).cant_split());
    }
    if action.is_ongoing() {
        let told = action.told.iter().map(Remark::line);
        let meetings = Some(action.meetings.lines().join(" ")).filter(|line| !line.is_empty());
        let meetings = meetings.map(|line| format!("Meetings. {line}"));
        let ongoing = told.chain(meetings).fold(strong("Ongoing performance"), with);
        rows.push(TableRow::new(vec![ongoing.grid_span(COLUMNS.len())]).cant_split());
    }
    table(vec![vec![name], names.to_vec()], rows)
        .set_grid(COLUMNS.map(|(_, width)| width).to_vec())
        .layout(TableLayoutType::Fixed)
}

fn row(target: &TargetRow) -> TableRow {
    let implied = target.is_implied.then(|| "Implied by the action\u{2019}s wording".to_owned());
    let promise = implied.into_iter().chain(target.agreed());
    let basis = target.parts.iter().chain(&target.basis).cloned();
    let outturn = basis.chain(target.still_to_come());
    let ways = target.directions.iter().map(Way::line);
    let trend = target.month_by_month().map(str::to_owned);
    let remarks = target.remarks.iter().map(Remark::line);
    let cells = vec![
        promise.fold(strong(&target.title), with),
        cell(&target.monitoring),
        outturn.fold(strong(&target.value), with),
        with(badge(&target.badge, target.badge.word), target.reason.clone()),
        cell(&ways.chain(trend).collect::<Vec<_>>()),
        cell(&remarks.collect::<Vec<_>>()),
    ];
    let widths = COLUMNS.iter().map(|(_, width)| *width);
    TableRow::new(
        cells.into_iter().zip(widths).map(|(cell, width)| cell.width(width, WidthType::Dxa)).collect(),
    )
    .cant_split()
}
