//! The sections of the document for themes and outcomes.

use super::action::ActionSection;
use super::badge::WorstStatus;

/// A theme.
#[derive(Debug)]
pub struct ThemeSection {
    /// The anchor for links.
    pub anchor: String,
    /// The theme's title.
    pub title: String,
    /// The worst colour of the stated targets.
    pub worst: WorstStatus,
    /// The outcomes.
    pub outcomes: Vec<OutcomeSection>,
}

/// An outcome.
#[derive(Debug)]
pub struct OutcomeSection {
    /// The outcome's title.
    pub title: String,
    /// The worst colour of the stated targets.
    pub worst: WorstStatus,
    /// The actions.
    pub actions: Vec<ActionSection>,
}
