//! What may be said of next year's framework.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::rules::ranges;
use crate::values::{Code, Title};

/// What may be said of the framework that carries another on; all of it may be left out.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "Performance framework 2018-19" }))]
pub struct NewFrameworkSuccessor {
    /// Its stable key; its plan year, such as 2018-19, if not said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub code: Option<Code>,
    /// What it is called; as the one before, with the year that follows, if not said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Title>,
    /// The targets that do not continue.
    #[serde(default)]
    #[schema(nullable = false, max_items = 1000)]
    #[validate(custom(function = "ranges::are_distinct"))]
    pub leave_out_target_ids: Option<Vec<Uuid>>,
}

impl NewFrameworkSuccessor {
    /// The targets that do not continue.
    pub fn left_out(&self) -> &[Uuid] {
        self.leave_out_target_ids.as_deref().unwrap_or_default()
    }
}
