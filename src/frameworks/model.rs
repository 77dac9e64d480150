//! The JSON types of frameworks, and their mapping to the table `frameworks`.

use chrono::Datelike;
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::frameworks;
use crate::db::sorts;
use crate::values::{Code, Day, Instant, Prose, RuleErrors, Title, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// Whether a plan is a draft, agreed, or over.
    pub enum FrameworkStatus {
        /// The plan is not agreed yet, and everything may change.
        Draft = "draft",
        /// The plan is agreed. Only a revision changes a threshold.
        Active = "active",
        /// The plan year is over, and thresholds no longer change. Figures still count records that
        /// are entered late.
        Closed = "closed",
    }
}

/// An action plan of one year, from 1 April to 31 March.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = frameworks)]
pub struct Framework {
    /// Id of the resource, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotation marks, it is the value of the header `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the resource was created.
    pub created_at: Instant,
    /// When the resource last changed.
    pub updated_at: Instant,
    /// The code that identifies the framework, such as `2017-18`, unique among frameworks.
    pub code: Code,
    /// The title of the framework.
    pub title: Title,
    /// The first day of the plan year, always 1 April.
    pub plan_from: Day,
    /// The day after the last day of the plan year, always 1 April.
    pub plan_until: Day,
    /// Whether the plan is a draft, agreed, or over.
    pub status: FrameworkStatus,
    /// Notes, as free text.
    pub notes: Option<Prose>,
}
versioned!(Framework);
page!(FrameworkPage of Framework);
sorts! {
    /// The orders in which a list of frameworks can be sorted.
    FrameworkSort of Framework in frameworks:
    Code = "code" by code: String, ascending;
    CodeDescending = "-code" by code: String, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table frameworks;
    /// Fields of a new framework.
    #[schema(example = json!({
        "code": "2018-19", "title": "Performance framework 2018-19", "plan_from": "2018-04-01"
    }))]
    new NewFramework;
    /// Fields of a framework to update.
    #[schema(example = json!({ "status": "active" }))]
    patch FrameworkPatch;
    fixed {
        /// The first day of the plan year, which must be 1 April.
        #[validate(custom(function = "is_first_of_april"))]
        plan_from: Day,
    }
    fixed_optional {}
    required {
        /// The code that identifies the framework, such as `2017-18`, unique among frameworks.
        code: Code,
        /// The title of the framework.
        title: Title,
    }
    defaulted {
        /// Whether the plan is a draft, agreed, or over; `draft` by default.
        status: FrameworkStatus,
    }
    optional {
        /// Notes, as free text.
        notes: Prose,
    }
    children {}
}

fn is_first_of_april(day: &Day) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let other_day = (day.0.month(), day.0.day()) != (4, 1);
    let too_late = day.0.year() > 2099;
    let detail = "A plan year must begin on 1 April of a year up to 2099.";
    errors.add_if(other_day || too_late, "", "not_a_plan_year", detail);
    errors.into_result()
}

/// Filters and sort order of a list of frameworks.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FrameworkFilter {
    /// Returns only the framework with this code.
    #[param(inline)]
    pub code: Option<Code>,
    /// Returns only frameworks with this status.
    #[param(inline)]
    pub status: Option<FrameworkStatus>,
    /// The order of the returned list; `code` by default.
    #[param(inline)]
    pub sort: Option<FrameworkSort>,
}
