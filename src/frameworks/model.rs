//! The JSON types of frameworks, and their mapping to the table `frameworks`.

use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::frameworks;
use crate::db::sorts;
use crate::rules::PlanPeriod;
use crate::rules::period::{MAX_MONTHS, USUAL_MONTHS};
use crate::values::{Code, Day, Instant, Prose, RuleErrors, Title, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// Whether a plan is a draft, agreed, or over.
    pub enum FrameworkStatus {
        /// The plan is not agreed yet, and everything may change.
        Draft = "draft",
        /// The plan is agreed. Only a revision changes a threshold.
        Active = "active",
        /// The plan period is over, and thresholds no longer change. Figures still count records
        /// that are entered late.
        Closed = "closed",
    }
}

/// An action plan for a plan period: 1 to 60 whole months from any day on. The plan periods of
/// frameworks may overlap.
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
    /// The first day of the plan period.
    pub plan_from: Day,
    /// The day after the last day of the plan period.
    pub plan_until: Day,
    /// Whether the plan is a draft, agreed, or over.
    pub status: FrameworkStatus,
    /// Notes, as free text.
    pub notes: Option<Prose>,
}
versioned!(Framework);

impl Framework {
    pub const fn plan(&self) -> PlanPeriod {
        PlanPeriod::new(self.plan_from.0, self.plan_until.0)
    }
}
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
    #[validate(schema(function = "is_plan_period", skip_on_field_errors = false))]
    #[schema(example = json!({
        "code": "2018-19", "title": "Performance framework 2018-19", "plan_from": "2018-04-01"
    }))]
    new NewFramework;
    /// Fields of a framework to update.
    #[schema(example = json!({ "status": "active" }))]
    patch FrameworkPatch;
    fixed {
        /// The first day of the plan period. It may be any day.
        plan_from: Day,
    }
    fixed_optional {
        /// The day after the last day of the plan period; by default twelve months after
        /// `plan_from`. It must be 1 to 60 whole months after `plan_from`. If that day is missing
        /// in a shorter month, the last day of the month is used: one month after 31 January is 28
        /// or 29 February.
        plan_until: Day,
    }
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

fn is_plan_period(new: &NewFramework) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    match new.plan_until {
        Some(until) => {
            if let Some(detail) = plan_until_error(new.plan_from, until) {
                errors.add("/plan_until", "not_a_plan_period", detail);
            }
        }
        None => {
            let detail = "A plan period of twelve months from this day on ends after the year 2100.";
            let too_late = new.plan_from.later(USUAL_MONTHS).is_none();
            errors.add_if(too_late, "/plan_from", "not_a_plan_period", detail);
        }
    }
    errors.into_result()
}

/// Returns the text of an error if `until` is not 1 to [`MAX_MONTHS`] whole months after `from`.
pub fn plan_until_error(from: Day, until: Day) -> Option<String> {
    if PlanPeriod::new(from.0, until.0).whole_months().is_some() {
        return None;
    }
    let example = from.later(USUAL_MONTHS).map(|usual| format!(", such as {usual} for twelve months"));
    let example = example.unwrap_or_default();
    Some(format!("`plan_until` must be 1 to {MAX_MONTHS} whole months after {from}{example}."))
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
