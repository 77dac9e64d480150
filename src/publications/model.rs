//! A publication on the wire and in its table.

use diesel::{AsChangeset, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::db::schema::publications;
use crate::db::sorts;
use crate::metrics::model::{Counts, ExplanationFilter};
use crate::values::{Code, Day, Instant, Line, Prose, Title, text_enum};
use crate::web::{page, versioned};

text_enum! {
    /// How far a publication is on its way.
    pub enum PublicationStatus {
        /// Sealed, and seen by the association's staff alone.
        Draft = "draft",
        /// Approved by another person than the one who sealed it.
        Approved = "approved",
        /// Seen by everybody: its period takes no more writes.
        Published = "published",
        /// Still seen by everybody, but its period takes writes again; the next state is another publication.
        Reopened = "reopened",
    }
}

/// A framework's metrics on a day as they were sealed: values, statuses, thresholds, cohorts and explanations. They never
/// change; what has changed in the records since is its drift.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = publications)]
pub struct Publication {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was sealed: what was known by then counts.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The framework.
    pub framework_id: Uuid,
    /// What it is called.
    pub title: Title,
    /// The first day of its period: the plan year's first.
    pub plan_from: Day,
    /// The last day of its period, at which the metrics are read.
    pub as_at: Day,
    /// The version of the rules that made the metrics.
    pub rule_version: Code,
    /// The SHA-256 digest of its content, as `/content` sends it.
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    pub content_sha256: String,
    /// How far it is on its way.
    pub status: PublicationStatus,
    /// Who sealed it.
    pub sealed_by: Line,
    /// Who approved it.
    pub approved_by: Option<Line>,
    /// When it was approved.
    pub approved_at: Option<Instant>,
    /// Who published it.
    pub published_by: Option<Line>,
    /// When it was published.
    pub published_at: Option<Instant>,
    /// Who reopened its period.
    pub reopened_by: Option<Line>,
    /// When its period was reopened.
    pub reopened_at: Option<Instant>,
    /// Why its period was reopened.
    pub reopened_reason: Option<Prose>,
}
versioned!(Publication);
page!(PublicationPage of Publication);
sorts! {
    /// How publications are sorted.
    PublicationSort of Publication in publications:
    AsAtDescending = "-as_at" by as_at: Day, descending;
    AsAt = "as_at" by as_at: Day, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

/// What it takes to seal a framework's metrics.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "framework_id": "0198c5b0-0000-7000-8000-000000000006", "as_at": "2017-12-31" }))]
pub struct NewPublication {
    /// The framework. Its plan is agreed.
    pub framework_id: Uuid,
    /// The day that its metrics are read at, within the plan year and not ahead; today if not said, or the year's last day once it is over.
    #[serde(default)]
    #[schema(nullable = false)]
    pub as_at: Option<Day>,
    /// What it is called; the framework's code and the day if not said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Title>,
}

/// What may change of a publication: a draft's title, and how far it is on its way.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, AsChangeset, Validate)]
#[diesel(table_name = publications)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "status": "approved" }))]
pub struct PublicationPatch {
    /// What it is called.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Title>,
    /// The next step on its way.
    #[serde(default)]
    #[schema(nullable = false)]
    pub status: Option<PublicationStatus>,
    /// Why its period is reopened: needed for that, and for nothing else.
    #[serde(default)]
    #[schema(nullable = false)]
    pub reopened_reason: Option<Prose>,
}

/// Which publications to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublicationFilter {
    /// Publications of this framework.
    pub framework_id: Option<Uuid>,
    /// Publications so far on their way.
    #[param(inline)]
    pub status: Option<PublicationStatus>,
    /// The order; the latest day first if not said.
    #[param(inline)]
    pub sort: Option<PublicationSort>,
}

/// Which target's explanation to read, and which of its rows.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublishedExplanationQuery {
    /// The target.
    pub target_id: Uuid,
    /// Only rows that count so.
    #[param(inline)]
    pub counts: Option<Counts>,
    /// Only rows of this meeting.
    pub meeting_id: Option<Uuid>,
}

impl PublishedExplanationQuery {
    /// Which rows are asked for.
    pub(super) fn rows(&self) -> ExplanationFilter {
        ExplanationFilter { counts: self.counts, meeting_id: self.meeting_id, ..ExplanationFilter::default() }
    }
}
