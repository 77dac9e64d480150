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
    /// Id, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the row was created.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// Id of the framework to which the outcome's theme belongs.
    pub framework_id: Uuid,
    /// Id of the theme to which the outcome belongs.
    pub theme_id: Uuid,
    /// The key that stays the same in later frameworks. The code is unique in the framework.
    pub code: Code,
    /// The reference in the published document; null if the document has no reference.
    #[serde(rename = "ref")]
    #[diesel(column_name = ref_)]
    pub printed_ref: Option<ShortText>,
    /// The wording of the outcome.
    pub title: Title,
    /// The position among the outcomes of the theme.
    #[schema(minimum = 0, maximum = 100_000)]
    pub position: i32,
}
versioned!(Outcome);
page!(OutcomePage of Outcome);
sorts! {
    /// Sort orders of outcomes.
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
        /// Id of the theme. An outcome may move to another theme in the same framework.
        theme_id: Uuid,
        /// The key that stays the same in later frameworks. The code must be unique in the
        /// framework.
        code: Code,
        /// The wording of the outcome.
        title: Title,
        /// The position among the outcomes of the theme.
        #[schema(minimum = 0, maximum = 100_000)]
        position: i32,
    }
    defaulted {}
    optional {
        /// The reference in the published document; null if the document has no reference.
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
    /// Only outcomes of this framework.
    pub framework_id: Option<Uuid>,
    /// Only outcomes of this theme.
    pub theme_id: Option<Uuid>,
    /// Only outcomes with this code. A code is unique within a framework.
    #[param(inline)]
    pub code: Option<Code>,
    /// The sort order; `position` by default.
    #[param(inline)]
    pub sort: Option<OutcomeSort>,
}
