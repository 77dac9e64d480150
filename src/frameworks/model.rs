//! A framework on the wire and in its table.

use chrono::Datelike;
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::frameworks;
use crate::db::sorts;
use crate::values::{Code, Day, Findings, Instant, Prose, Title, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// How far a framework is agreed.
    pub enum FrameworkStatus {
        /// Being written: everything may change.
        Draft = "draft",
        /// Agreed: a threshold changes by a revision alone.
        Active = "active",
        /// Over: thresholds no longer change at all. Late records still count.
        Closed = "closed",
    }
}

/// One plan year, 1 April to 31 March.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = frameworks)]
pub struct Framework {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Its stable key, such as 2017-18.
    pub code: Code,
    /// What it is called.
    pub title: Title,
    /// The first day of its plan year, a 1 April.
    pub plan_from: Day,
    /// The day after the last, the next 1 April.
    pub plan_until: Day,
    /// How far it is agreed.
    pub status: FrameworkStatus,
    /// Anything else worth knowing.
    pub notes: Option<Prose>,
}
versioned!(Framework);
page!(FrameworkPage of Framework);
sorts! {
    /// How frameworks are sorted.
    FrameworkSort of Framework in frameworks:
    Code = "code" by code: String, ascending;
    CodeDescending = "-code" by code: String, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table frameworks;
    /// What it takes to enter a framework.
    #[schema(example = json!({
        "code": "2018-19", "title": "Performance framework 2018-19", "plan_from": "2018-04-01"
    }))]
    new NewFramework;
    /// What may change of a framework.
    #[schema(example = json!({ "status": "active" }))]
    patch FrameworkPatch;
    fixed {
        /// The first day of its plan year, a 1 April.
        #[validate(custom(function = "is_first_of_april"))]
        plan_from: Day,
    }
    fixed_optional {}
    required {
        /// Its stable key, such as 2017-18.
        code: Code,
        /// What it is called.
        title: Title,
    }
    defaulted {
        /// How far it is agreed; a draft if not said.
        status: FrameworkStatus,
    }
    optional {
        /// Anything else worth knowing.
        notes: Prose,
    }
    children {}
}

fn is_first_of_april(day: &Day) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    let other_day = (day.0.month(), day.0.day()) != (4, 1);
    let too_late = day.0.year() > 2099;
    let detail = "A plan year begins on 1 April, the last one in 2099.";
    findings.add_if(other_day || too_late, "", "not_a_plan_year", detail);
    findings.into_result()
}

/// Which frameworks to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FrameworkFilter {
    /// The framework with this code.
    #[param(inline)]
    pub code: Option<Code>,
    /// Frameworks of this status.
    #[param(inline)]
    pub status: Option<FrameworkStatus>,
    /// The order; codes if not said.
    #[param(inline)]
    pub sort: Option<FrameworkSort>,
}
