//! The JSON type of the request for a framework's successor.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::rules::ranges;
use crate::values::{Code, Title};

/// The options for a framework's successor. All options may be absent.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "Performance framework 2018-19" }))]
pub struct NewFrameworkSuccessor {
    /// The successor's code; by default the successor's plan year, such as `2018-19`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub code: Option<Code>,
    /// The successor's title; by default the title of this framework, with its plan year replaced
    /// by the next plan year.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Title>,
    /// The ids of targets that the successor does not continue.
    #[serde(default)]
    #[schema(nullable = false, max_items = 1000)]
    #[validate(custom(function = "ranges::are_distinct"))]
    pub leave_out_target_ids: Option<Vec<Uuid>>,
}

impl NewFrameworkSuccessor {
    pub fn excluded_ids(&self) -> &[Uuid] {
        self.leave_out_target_ids.as_deref().unwrap_or_default()
    }
}
