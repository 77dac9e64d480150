//! The document as one web page: its style and its pictures are in it, and it runs nothing.

use std::fmt::Write;

use askama::Template;

use super::view::Document;
use super::{charts, words};

/// The style of every page.
const STYLE: &str = include_str!("../../templates/report.css");

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'d> {
    document: &'d Document,
    style: &'d str,
}

impl Page<'_> {
    /// The most targets that a theme has: its bar is the longest.
    fn largest(&self) -> i64 {
        self.document.by_theme.iter().map(|theme| theme.targets).max().unwrap_or(0)
    }

    fn about_targets(&self) -> String {
        words::about_targets(self.document.provisional, self.document.implied).join(" ")
    }
}

/// The page, with its style in it.
pub fn page(document: &Document, style: &str) -> Result<String, askama::Error> {
    Page { document, style }.render()
}

/// The style of a document's page. Whose it is and what it is called stand at the head of each printed page.
pub fn style(document: &Document) -> String {
    let (name, day) = (quoted(&document.full_title()), quoted(&format!("Outturn at {}", document.as_at)));
    format!("{STYLE}@page {{ @top-left {{ content: {name}; }} @top-right {{ content: {day}; }} }}\n")
}

/// A text as a string of CSS, in which everything but plain letters, digits and spaces is escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() || letter == ' ' {
            quoted.push(letter);
        } else {
            // The space ends the escape. A write to a string cannot fail.
            let _ = write!(quoted, "\\{:x} ", u32::from(letter));
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_text_in_the_style_cannot_end_its_string_or_the_style() {
        assert_eq!(quoted("A & \"</style>"), "\"A \\26  \\22 \\3c \\2f style\\3e \"");
    }
}
