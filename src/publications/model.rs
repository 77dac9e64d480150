//! The JSON types of publications, and their mapping to the table `publications`.

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
        /// The figures are sealed. Only the association's staff see the publication.
        Draft = "draft",
        /// A person who did not seal the publication has approved it. Only the association's staff
        /// see the publication.
        Approved = "approved",
        /// Everybody sees the publication. Writes that would change a figure in its period are
        /// refused.
        Published = "published",
        /// Everybody still sees the publication, and its period accepts writes again. To publish
        /// later figures, seal another publication.
        Reopened = "reopened",
    }
}

/// The metrics of a framework on one day, as they were sealed: values, statuses, thresholds,
/// cohorts and explanations. Sealed metrics never change. The drift shows how today's records
/// differ.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = publications)]
pub struct Publication {
    /// The publication's id.
    pub id: Uuid,
    /// The version, which increases with every change. In quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the publication was sealed. The metrics include all records known at that instant.
    pub created_at: Instant,
    /// When the publication last changed.
    pub updated_at: Instant,
    /// Id of the framework.
    pub framework_id: Uuid,
    /// The title.
    pub title: Title,
    /// The first day of the publication's period, which is the first day of the plan year.
    pub plan_from: Day,
    /// The last day of the publication's period, which is the day of the metrics.
    pub as_at: Day,
    /// The version of the rules by which the metrics were derived.
    pub rule_version: Code,
    /// The SHA-256 digest of the bytes that `/content` returns.
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    pub content_sha256: String,
    /// The status of the publication.
    pub status: PublicationStatus,
    /// Who sealed the publication.
    pub sealed_by: ShortText,
    /// Who approved the publication; null before approval.
    pub approved_by: Option<ShortText>,
    /// When the publication was approved; null before approval.
    pub approved_at: Option<Instant>,
    /// Who published the publication; null until then.
    pub published_by: Option<ShortText>,
    /// When the publication was published; null until then.
    pub published_at: Option<Instant>,
    /// Who reopened the publication's period; null if nobody did.
    pub reopened_by: Option<ShortText>,
    /// When the publication's period was reopened; null if it was not.
    pub reopened_at: Option<Instant>,
    /// Why the publication's period was reopened; null if it was not.
    pub reopened_reason: Option<Prose>,
}
versioned!(Publication);
page!(PublicationPage of Publication);
sorts! {
    /// Sort orders of publications.
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
    /// Id of the framework, whose plan must be agreed: active or closed.
    pub framework_id: Uuid,
    /// The day of the metrics, within the plan year and not in the future. By default today, or the
    /// last day of the plan year if the year is over.
    #[serde(default)]
    #[schema(nullable = false)]
    pub as_at: Option<Day>,
    /// The title. By default the framework's code and the day.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Title>,
}

/// Fields of a publication to update: the status, and the title of a draft.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, AsChangeset, Validate)]
#[diesel(table_name = publications)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "status": "approved" }))]
pub struct PublicationPatch {
    /// The title can change only while the publication is a draft.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Title>,
    /// The next status.
    #[serde(default)]
    #[schema(nullable = false)]
    pub status: Option<PublicationStatus>,
    /// Why the period is reopened. Required if `status` is `reopened`, and refused otherwise.
    #[serde(default)]
    #[schema(nullable = false)]
    pub reopened_reason: Option<Prose>,
}

/// Filters and sort order of a list of publications.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublicationFilter {
    /// Only publications of this framework.
    pub framework_id: Option<Uuid>,
    /// Only publications with this status.
    #[param(inline)]
    pub status: Option<PublicationStatus>,
    /// The sort order; the latest day first by default.
    #[param(inline)]
    pub sort: Option<PublicationSort>,
}

/// The target whose explanation to return, and filters of the explanation's rows.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublishedExplanationQuery {
    /// Id of the target.
    pub target_id: Uuid,
    /// Only rows that count in this way.
    #[param(inline)]
    pub counts: Option<Counts>,
    /// Only rows about this meeting.
    pub meeting_id: Option<Uuid>,
}

impl PublishedExplanationQuery {
    pub(super) fn rows(&self) -> ExplanationFilter {
        ExplanationFilter { counts: self.counts, meeting_id: self.meeting_id, ..ExplanationFilter::default() }
    }
}
