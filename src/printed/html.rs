//! The document as one web page: its style and its pictures are in it, and it runs nothing.

use askama::Template;

use super::view::Document;
use super::{charts, words};

/// The style of the page.
pub const STYLE: &str = include_str!("../../templates/report.css");

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'d> {
    document: &'d Document,
    style: &'static str,
}

impl Page<'_> {
    /// The most targets that a theme has: its bar is the longest.
    fn largest(&self) -> i64 {
        self.document.by_theme.iter().map(|theme| theme.targets).max().unwrap_or(0)
    }
}

/// The page.
pub fn page(document: &Document) -> Result<String, askama::Error> {
    Page { document, style: STYLE }.render()
}
