//! An outcome on the wire and in its table.

use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::outcomes;
use crate::db::sorts;
use crate::values::{Code, Instant, Line, Title};
use crate::web::{editable, page, versioned};

/// An outcome: what a theme is to bring about. It can have no action.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = outcomes)]
pub struct Outcome {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The framework: the theme's.
    pub framework_id: Uuid,
    /// The theme.
    pub theme_id: Uuid,
    /// Its stable key, unique in the framework.
    pub code: Code,
    /// The printed reference; null where none is printed.
    #[serde(rename = "ref")]
    #[diesel(column_name = ref_)]
    pub printed_ref: Option<Line>,
    /// What it says.
    pub title: Title,
    /// Its place among its siblings.
    #[schema(minimum = 0, maximum = 100_000)]
    pub position: i32,
}
versioned!(Outcome);
page!(OutcomePage of Outcome);
sorts! {
    /// How outcomes are sorted.
    OutcomeSort of Outcome in outcomes:
    Position = "position" by position: i32, ascending;
    PositionDescending = "-position" by position: i32, descending;
    Code = "code" by code: String, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table outcomes;
    /// What it takes to enter an outcome.
    #[schema(example = json!({
        "theme_id": "0198c5b0-0000-7000-8000-000000000006", "code": "1.1", "ref": "1.1.",
        "title": "Councils make the most of their membership", "position": 1
    }))]
    new NewOutcome;
    /// What may change of an outcome.
    #[schema(example = json!({ "position": 2 }))]
    patch OutcomePatch;
    fixed {}
    fixed_optional {}
    required {
        /// The theme. It may move to another theme of the same framework.
        theme_id: Uuid,
        /// Its stable key, unique in the framework.
        code: Code,
        /// What it says.
        title: Title,
        /// Its place among its siblings.
        #[schema(minimum = 0, maximum = 100_000)]
        position: i32,
    }
    defaulted {}
    optional {
        /// The printed reference; null where none is printed.
        #[serde(rename = "ref")]
        #[diesel(column_name = ref_)]
        printed_ref: Line,
    }
    children {}
}

/// Which outcomes to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OutcomeFilter {
    /// Outcomes of this framework.
    pub framework_id: Option<Uuid>,
    /// Outcomes of this theme.
    pub theme_id: Option<Uuid>,
    /// The outcome with this code; codes are unique in a framework.
    #[param(inline)]
    pub code: Option<Code>,
    /// The order; positions if not said.
    #[param(inline)]
    pub sort: Option<OutcomeSort>,
}
