//! The request for a successor.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::rules::ranges;
use crate::values::{Code, Title};

/// The options for a framework's successor. All of them are optional.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "Performance framework 2018-19" }))]
pub struct NewFrameworkSuccessor {
    /// The successor's stable key. Default: its plan year, such as `2018-19`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub code: Option<Code>,
    /// The successor's title. Default: this framework's title with its plan year replaced by the
    /// next one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Title>,
    /// The ids of targets that are not carried over to the successor.
    #[serde(default)]
    #[schema(nullable = false, max_items = 1000)]
    #[validate(custom(function = "ranges::are_distinct"))]
    pub leave_out_target_ids: Option<Vec<Uuid>>,
}

impl NewFrameworkSuccessor {
    /// Returns the ids of targets that are not carried over.
    pub fn excluded_ids(&self) -> &[Uuid] {
        self.leave_out_target_ids.as_deref().unwrap_or_default()
    }
}
