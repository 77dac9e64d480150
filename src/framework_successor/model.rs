//! The JSON type of the request for a framework's successor.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::rules::ranges;
use crate::values::{Code, Title};

/// How to create the framework for next year from this framework. All fields may be absent.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "Performance framework 2018-19" }))]
pub struct NewFrameworkSuccessor {
    /// The code of the framework for next year; by default its plan year, such as `2018-19`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub code: Option<Code>,
    /// The title of the framework for next year. By default this framework's title, with the plan
    /// year replaced by the next plan year.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Title>,
    /// The ids of targets that the framework for next year does not continue.
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
