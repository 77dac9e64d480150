//! The document as a Word file: headings, and a table for each outcome, so that the columns' names stand over each.

use std::io::Cursor;

use docx_rs::{
    Docx, Footer, LineSpacing, NumPages, PageMargin, PageNum, PageOrientationType, Paragraph, Run, RunFonts,
    Shading, ShdType, Style, StyleType, Table, TableCell, TableCellMargins, TableLayoutType, TableRow,
    VMergeType, WidthType,
};

use super::view::{ActionPart, Badge, Document, OutcomePart, Remark, TargetRow, Way};
use super::{charts, words};

/// The columns of an outcome's table, and how wide each is, in twentieths of a point.
const COLUMNS: [(&str, usize); 7] = [
    ("Action", 2300),
    ("Performance target", 2700),
    ("Monitoring", 1600),
    ("Outturn", 2000),
    ("RAG", 1700),
    ("Direction and trend", 2200),
    ("Ongoing performance", 2900),
];

/// The file.
pub fn file(document: &Document) -> Result<Vec<u8>, String> {
    let mut docx = frame();
    docx = docx.add_paragraph(styled("Title", &document.title));
    docx =
        docx.add_paragraph(plain(&format!("Outturn at {}. Plan year {}.", document.as_at, document.period)));
    if let Some(warning) = &document.warning {
        docx = docx.add_paragraph(Paragraph::new().add_run(run(warning).bold()));
    }
    docx = summary(docx, document);
    for theme in &document.themes {
        docx = docx.add_paragraph(
            styled("Heading1", &format!("{} ({})", theme.title, theme.badge.word)).page_break_before(true),
        );
        for outcome in &theme.outcomes {
            docx = docx
                .add_paragraph(styled("Heading2", &format!("{} ({})", outcome.title, outcome.badge.word)));
            docx = docx.add_table(targets(outcome));
        }
    }
    docx = docx.add_paragraph(styled("Heading1", "What it rests on"));
    docx = document.basis.iter().fold(docx, |docx, line| docx.add_paragraph(plain(line)));
    let mut bytes = Cursor::new(Vec::new());
    docx.build().pack(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes.into_inner())
}

/// A file on A4 landscape, with its styles and page numbers.
fn frame() -> Docx {
    let heading = |id: &str, name: &str, level: usize, size: usize| {
        let style = Style::new(id, StyleType::Paragraph).name(name).based_on("Normal").next("Normal");
        let style = style.outline_lvl(level).size(size).bold().color("1F4E79");
        style.line_spacing(LineSpacing::new().before(240).after(80))
    };
    let title = Style::new("Title", StyleType::Paragraph).name("Title").size(44).bold().color("1F4E79");
    let pages = Paragraph::new().add_run(run("Page ")).add_page_num(PageNum::new());
    let pages = pages.add_run(run(" of ")).add_num_pages(NumPages::new());
    Docx::new()
        .page_size(16_838, 11_906)
        .page_orient(PageOrientationType::Landscape)
        .page_margin(PageMargin {
            top: 720,
            left: 720,
            bottom: 720,
            right: 720,
            header: 360,
            footer: 360,
            gutter: 0,
        })
        .default_fonts(RunFonts::new().ascii("Arial").hi_ansi("Arial").cs("Arial"))
        .default_size(18)
        .add_style(title)
        .add_style(heading("Heading1", "heading 1", 0, 30))
        .add_style(heading("Heading2", "heading 2", 1, 22))
        .footer(Footer::new().add_paragraph(pages))
}

fn summary(docx: Docx, document: &Document) -> Docx {
    let Document { stated, implied, provisional, .. } = document;
    let docx = docx.add_paragraph(styled("Heading1", "Summary")).add_paragraph(plain(&format!(
        "{stated} stated targets, {provisional} of them provisional; {implied} more are implied by the wording of actions."
    )));
    let names = document.statuses.iter().map(|status| heading(status.badge.word));
    let head = [heading("Theme"), heading("Worst")].into_iter().chain(names).collect();
    let themes = document.by_theme.iter().map(|theme| {
        let counts = theme.counts.iter().map(|status| said(&status.count.to_string()));
        let first = [said(&theme.title), badge(&theme.badge, None)];
        TableRow::new(first.into_iter().chain(counts).collect()).cant_split()
    });
    let docx = docx.add_paragraph(styled("Heading2", "Status by theme")).add_table(table(head, themes));
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
    let councils = document.attendance.iter().map(|council| {
        let share = format!("{} of {}", council.attended, council.expected);
        TableRow::new(vec![said(&council.name), said(&share), said(&council.percent)]).cant_split()
    });
    let head = vec![heading("Council"), heading("Attended of expected"), heading("Attendance")];
    docx.add_paragraph(styled("Heading2", "Attendance by council")).add_table(table(head, councils))
}

fn targets(outcome: &OutcomePart) -> Table {
    let head = COLUMNS.map(|(name, width)| heading(name).width(width, WidthType::Dxa));
    let rows = outcome.actions.iter().flat_map(|action| {
        let rows = action.targets.iter().enumerate().map(|(n, target)| row(action, n, target));
        let none = || TableRow::new(vec![named(action), said(words::NO_TARGET).grid_span(6)]);
        rows.chain(action.targets.is_empty().then(none)).collect::<Vec<_>>()
    });
    table(head.to_vec(), rows)
        .set_grid(COLUMNS.map(|(_, width)| width).to_vec())
        .layout(TableLayoutType::Fixed)
}

fn named(action: &ActionPart) -> TableCell {
    said(&format!("{} {}", action.reference, action.title))
}

fn row(action: &ActionPart, n: usize, target: &TargetRow) -> TableRow {
    let first = if n == 0 {
        named(action).vertical_merge(VMergeType::Restart)
    } else {
        cell(&[]).vertical_merge(VMergeType::Continue)
    };
    let implied = target.is_implied.then(|| "Implied by the action's wording".to_owned());
    let promise = implied.into_iter().chain(target.agreed());
    let outturn = lines(target.parts.as_ref()).chain(target.still_to_come());
    let ways = target.directions.iter().map(Way::line);
    let trend = target.month_by_month().map(str::to_owned);
    let remarks = target.remarks.iter().map(Remark::line);
    let cells = vec![
        first,
        promise.fold(strong(&target.title), with),
        cell(&target.monitoring),
        outturn.fold(strong(&target.value), with),
        badge(&target.badge, Some(&target.reason)),
        cell(&ways.chain(trend).collect::<Vec<_>>()),
        cell(&remarks.collect::<Vec<_>>()),
    ];
    let widths = COLUMNS.iter().map(|(_, width)| *width);
    TableRow::new(
        cells.into_iter().zip(widths).map(|(cell, width)| cell.width(width, WidthType::Dxa)).collect(),
    )
    .cant_split()
}

fn lines(line: Option<&String>) -> impl Iterator<Item = String> {
    line.cloned().into_iter()
}

fn table(head: Vec<TableCell>, rows: impl Iterator<Item = TableRow>) -> Table {
    let rows = std::iter::once(TableRow::new(head).cant_split()).chain(rows).collect();
    Table::new(rows).margins(TableCellMargins::new().margin(50, 90, 50, 90))
}

fn heading(name: &str) -> TableCell {
    let text = Paragraph::new().add_run(run(name).bold().color("FFFFFF"));
    TableCell::new().add_paragraph(text).shading(filled("1F4E79".to_owned()))
}

/// A status: its colour, its shape and its word, and why.
fn badge(badge: &Badge, reason: Option<&String>) -> TableCell {
    let (fill, ink) = charts::colours(badge.status);
    let word = run(&format!("{} {}", badge.mark, badge.word)).bold().color(ink);
    let cell = TableCell::new().add_paragraph(Paragraph::new().add_run(word.shading(filled(fill))));
    lines(reason).fold(cell, with)
}

fn filled(fill: String) -> Shading {
    Shading::new().shd_type(ShdType::Clear).color("auto").fill(fill)
}

fn strong(text: &str) -> TableCell {
    TableCell::new().add_paragraph(Paragraph::new().add_run(run(text).bold()))
}

fn said(text: &str) -> TableCell {
    with(TableCell::new(), text.to_owned())
}

fn cell(lines: &[String]) -> TableCell {
    if lines.is_empty() {
        return TableCell::new().add_paragraph(Paragraph::new());
    }
    lines.iter().cloned().fold(TableCell::new(), with)
}

/// A cell with more lines.
fn with(cell: TableCell, text: String) -> TableCell {
    text.lines().fold(cell, |cell, line| cell.add_paragraph(plain(line)))
}

fn plain(text: &str) -> Paragraph {
    Paragraph::new().add_run(run(text))
}

fn styled(style: &str, text: &str) -> Paragraph {
    plain(text).style(style)
}

/// A run of text.
fn run(text: &str) -> Run {
    Run::new().add_text(words::sayable(text))
}
