//! The document's sections for themes and outcomes.

use super::action::ActionSection;
use super::badge::WorstStatus;

#[derive(Debug)]
pub struct ThemeSection {
    pub anchor: String,
    pub title: String,
    pub worst: WorstStatus,
    pub outcomes: Vec<OutcomeSection>,
}

#[derive(Debug)]
pub struct OutcomeSection {
    pub title: String,
    pub worst: WorstStatus,
    pub actions: Vec<ActionSection>,
}
