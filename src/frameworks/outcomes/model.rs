//! The JSON types of outcomes, and their mapping to the table `outcomes`.

use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::outcomes;
use crate::db::sorts;
use crate::values::{Code, Instant, ShortText, Title};
use crate::web::{editable, page, versioned};

/// An outcome: what a theme is to achieve. An outcome may have no actions.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = outcomes)]
pub struct Outcome {
    /// Id of the resource, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotation marks, it is the value of the header `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the resource was created.
    pub created_at: Instant,
    /// When the resource last changed.
    pub updated_at: Instant,
    /// Id of the framework to which the outcome's theme belongs.
    pub framework_id: Uuid,
    /// Id of the theme to which the outcome belongs.
    pub theme_id: Uuid,
    /// The code, which is unique in the framework and stays the same in later frameworks.
    pub code: Code,
    /// The reference that the published plan prints for it; null if the plan prints no reference.
    #[serde(rename = "ref")]
    #[diesel(column_name = ref_)]
    pub printed_ref: Option<ShortText>,
    /// The text of the outcome in the plan.
    pub title: Title,
    /// The position of the outcome among the outcomes of its theme.
    #[schema(minimum = 0, maximum = 100_000)]
    pub position: i32,
}
versioned!(Outcome);
page!(OutcomePage of Outcome);
sorts! {
    /// The orders in which a list of outcomes can be sorted.
    OutcomeSort of Outcome in outcomes:
    Position = "position" by position: i32, ascending;
    PositionDescending = "-position" by position: i32, descending;
    Code = "code" by code: String, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table outcomes;
    /// Fields of a new outcome.
    #[schema(example = json!({
        "theme_id": "0198c5b0-0000-7000-8000-000000000006", "code": "1.1", "ref": "1.1.",
        "title": "Councils make the most of their membership", "position": 1
    }))]
    new NewOutcome;
    /// Fields of an outcome to update.
    #[schema(example = json!({ "position": 2 }))]
    patch OutcomePatch;
    fixed {}
    fixed_optional {}
    required {
        /// Id of the theme to which the outcome belongs. It may change to another theme in the same
        /// framework.
        theme_id: Uuid,
        /// The code, which must be unique in the framework. It stays the same in later frameworks.
        code: Code,
        /// The text of the outcome in the plan.
        title: Title,
        /// The position of the outcome among the outcomes of its theme.
        #[schema(minimum = 0, maximum = 100_000)]
        position: i32,
    }
    defaulted {}
    optional {
        /// The reference that the published plan prints for it; null if the plan prints no
        /// reference.
        #[serde(rename = "ref")]
        #[diesel(column_name = ref_)]
        printed_ref: ShortText,
    }
    children {}
}

/// Filters and sort order of a list of outcomes.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OutcomeFilter {
    /// Returns only outcomes of this framework.
    pub framework_id: Option<Uuid>,
    /// Returns only outcomes of this theme.
    pub theme_id: Option<Uuid>,
    /// Returns only outcomes with this code. A code is unique within a framework only.
    #[param(inline)]
    pub code: Option<Code>,
    /// The order of the returned list; `position` by default.
    #[param(inline)]
    pub sort: Option<OutcomeSort>,
}
