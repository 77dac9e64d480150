//! The colours of the document. The style sheet `templates/report.css` repeats them.

use crate::metrics::model::Status;

/// An RGB colour, as six hexadecimal digits.
pub type Colour = &'static str;

pub const INK: Colour = "1D232B";
pub const PAPER: Colour = "FFFFFF";
pub const TRACK: Colour = "E6E9ED";
pub const LINE: Colour = "5B6570";
pub const BLUE: Colour = "1F4E79";

/// The colours with which a status or a part of a bar is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Fill {
    pub background: Colour,
    pub text: Colour,
    /// Whether charts draw diagonal lines over the background, so that readers can distinguish it
    /// without colour.
    pub is_hatched: bool,
}

impl Fill {
    pub const fn plain(background: Colour, text: Colour) -> Self {
        Self { background, text, is_hatched: false }
    }

    pub const fn hatched(background: Colour, text: Colour) -> Self {
        Self { background, text, is_hatched: true }
    }

    /// Returns the colours with which a status, or no status, is drawn.
    pub const fn of_status(status: Option<Status>) -> Self {
        match status {
            Some(Status::Green) => Self::plain("1B6E3C", PAPER),
            Some(Status::Amber) => Self::plain("FFBF47", INK),
            Some(Status::Red) => Self::hatched("A81D1D", PAPER),
            Some(Status::Contextual) => Self::plain("D6E4F2", INK),
            Some(Status::NotDue | Status::NotApplicable) => Self::plain(TRACK, INK),
            Some(Status::NoData) | None => Self::plain(PAPER, INK),
        }
    }
}
