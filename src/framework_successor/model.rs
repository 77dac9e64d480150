//! The JSON type of the request for a framework's successor.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::rules::ranges;
use crate::values::{Code, Day, Title};

/// How to create the framework of the next plan period from this framework. All fields may be absent.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "Performance framework 2018-19" }))]
pub struct NewFrameworkSuccessor {
    /// The code of the next framework; by default its plan period, such as `2018-19`. If the plan
    /// period is not a number of whole years, by default its first and last month, such as
    /// `2018-04-to-2018-09`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub code: Option<Code>,
    /// The title of the next framework. By default this framework's title, with the text of its
    /// plan period replaced by that of the next one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Title>,
    /// The day after the last day of the next framework's plan period, which begins on this
    /// framework's `plan_until`. By default, the next plan period has as many months as this one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub plan_until: Option<Day>,
    /// The ids of targets that the next framework does not continue.
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
