//! The document as one web page. The page contains its style sheet and charts, and has no scripts.

use std::fmt::Write;

use askama::Template;

use super::content::Document;
use super::{charts, explanations};

const STYLE: &str = include_str!("../../templates/report.css");

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'d> {
    document: &'d Document,
    style: &'d str,
}

impl Page<'_> {
    /// Returns the number of targets in the theme with the most targets, whose bar is the longest.
    fn most_targets(&self) -> i64 {
        self.document.by_theme.iter().map(|theme| theme.targets).max().unwrap_or(0)
    }

    fn target_notes(&self) -> String {
        let Document { provisional_targets, implied_targets, .. } = self.document;
        explanations::target_notes(*provisional_targets, *implied_targets).join(" ")
    }
}

pub fn render(document: &Document, style: &str) -> Result<String, askama::Error> {
    Page { document, style }.render()
}

/// Returns the style sheet of a document. It prints the document's title and date at the top of
/// each page.
pub fn style_sheet(document: &Document) -> String {
    let (name, day) =
        (css_string(&document.full_title()), css_string(&format!("Outturn at {}", document.as_at)));
    format!("{STYLE}@page {{ @top-left {{ content: {name}; }} @top-right {{ content: {day}; }} }}\n")
}

/// Returns a text as a CSS string. Escapes all characters except ASCII letters, digits and spaces.
fn css_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() || letter == ' ' {
            quoted.push(letter);
        } else {
            // In CSS, a space ends the escape. Writing to a string cannot fail.
            let _ = write!(quoted, "\\{:x} ", u32::from(letter));
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::css_string;

    #[test]
    fn a_text_in_the_style_cannot_end_its_string_or_the_style() {
        assert_eq!(css_string("A & \"</style>"), "\"A \\26  \\22 \\3c \\2f style\\3e \"");
    }
}
