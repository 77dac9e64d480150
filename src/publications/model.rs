//! Publications in requests, responses and their table.

use diesel::{AsChangeset, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::db::schema::publications;
use crate::db::sorts;
use crate::metrics::model::{Counts, ExplanationFilter};
use crate::values::{Code, Day, Instant, Prose, ShortText, Title, text_enum};
use crate::web::{page, versioned};

text_enum! {
    /// The status of a publication.
    pub enum PublicationStatus {
        /// Sealed. Only the association's staff see it.
        Draft = "draft",
        /// Approved by another person than the one who sealed it. Only the association's staff see
        /// it.
        Approved = "approved",
        /// Everybody sees it, and its period accepts no more writes.
        Published = "published",
        /// Everybody still sees it, but its period accepts writes again. Later figures need another
        /// publication.
        Reopened = "reopened",
    }
}

/// A framework's metrics on a day as they were sealed: values, statuses, thresholds, cohorts and
/// explanations. They never change. The drift shows what has changed in the records since.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = publications)]
pub struct Publication {
    /// The publication's id.
    pub id: Uuid,
    /// The version, which increases with every change. In quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was sealed. It includes what was known by then.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The framework.
    pub framework_id: Uuid,
    /// The title.
    pub title: Title,
    /// The first day of its period, which is the plan year's first day.
    pub plan_from: Day,
    /// The last day of its period, which is the day of the metrics.
    pub as_at: Day,
    /// The version of the rules by which the metrics were derived.
    pub rule_version: Code,
    /// The SHA-256 digest of its content as `/content` returns it.
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    pub content_sha256: String,
    /// The status.
    pub status: PublicationStatus,
    /// Who sealed it.
    pub sealed_by: ShortText,
    /// Who approved it.
    pub approved_by: Option<ShortText>,
    /// When it was approved.
    pub approved_at: Option<Instant>,
    /// Who published it.
    pub published_by: Option<ShortText>,
    /// When it was published.
    pub published_at: Option<Instant>,
    /// Who reopened its period.
    pub reopened_by: Option<ShortText>,
    /// When its period was reopened.
    pub reopened_at: Option<Instant>,
    /// Why its period was reopened.
    pub reopened_reason: Option<Prose>,
}
versioned!(Publication);
page!(PublicationPage of Publication);
sorts! {
    /// The order of publications.
    PublicationSort of Publication in publications:
    AsAtDescending = "-as_at" by as_at: Day, descending;
    AsAt = "as_at" by as_at: Day, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

/// A request to seal a framework's metrics.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "framework_id": "0198c5b0-0000-7000-8000-000000000006", "as_at": "2017-12-31" }))]
pub struct NewPublication {
    /// The framework. Its plan must be agreed.
    pub framework_id: Uuid,
    /// The day of the metrics, within the plan year and not in the future. Defaults to today, or to
    /// the plan year's last day once the year is over.
    #[serde(default)]
    #[schema(nullable = false)]
    pub as_at: Option<Day>,
    /// The title. Defaults to the framework's code and the day.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Title>,
}

/// Changes of a publication: the status, and the title of a draft.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, AsChangeset, Validate)]
#[diesel(table_name = publications)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "status": "approved" }))]
pub struct PublicationPatch {
    /// The title. It can change only while the publication is a draft.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Title>,
    /// The next status.
    #[serde(default)]
    #[schema(nullable = false)]
    pub status: Option<PublicationStatus>,
    /// Why its period is reopened. It is required with `status` `reopened`, and refused otherwise.
    #[serde(default)]
    #[schema(nullable = false)]
    pub reopened_reason: Option<Prose>,
}

/// Which publications to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublicationFilter {
    /// Only publications of this framework.
    pub framework_id: Option<Uuid>,
    /// Only publications with this status.
    #[param(inline)]
    pub status: Option<PublicationStatus>,
    /// The order. Defaults to the latest day first.
    #[param(inline)]
    pub sort: Option<PublicationSort>,
}

/// Which target's explanation to get, and which of its rows.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublishedExplanationQuery {
    /// The target.
    pub target_id: Uuid,
    /// Only rows that count in this way.
    #[param(inline)]
    pub counts: Option<Counts>,
    /// Only rows of this meeting.
    pub meeting_id: Option<Uuid>,
}

impl PublishedExplanationQuery {
    /// Returns the filter of the rows.
    pub(super) fn rows(&self) -> ExplanationFilter {
        ExplanationFilter { counts: self.counts, meeting_id: self.meeting_id, ..ExplanationFilter::default() }
    }
}
