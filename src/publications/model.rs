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
    /// How far a publication has come: sealed, approved, published or reopened.
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
/// cohorts and explanations. Sealed metrics never change. The publication's drift shows how figures
/// from today's records differ.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = publications)]
pub struct Publication {
    /// The publication's id.
    pub id: Uuid,
    /// Increases with every change. In quotation marks, it is the value of the header `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the publication was sealed. The metrics include all records known at that instant.
    pub created_at: Instant,
    /// When the publication last changed.
    pub updated_at: Instant,
    /// Id of the framework.
    pub framework_id: Uuid,
    /// The title of the publication.
    pub title: Title,
    /// The first day of the publication's period, which is the first day of the plan period.
    pub plan_from: Day,
    /// The last day of the publication's period, for which the metrics were derived.
    pub as_at: Day,
    /// The version of the rules by which the metrics were derived.
    pub rule_version: Code,
    /// The SHA-256 digest of the publication's content: of the bytes that `/content` returns.
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    pub content_sha256: String,
    /// The status of the publication.
    pub status: PublicationStatus,
    /// The person or client that sealed the publication.
    pub sealed_by: ShortText,
    /// The person who approved the publication; null before approval.
    pub approved_by: Option<ShortText>,
    /// When the publication was approved; null before approval.
    pub approved_at: Option<Instant>,
    /// The person or client that published the publication; null before.
    pub published_by: Option<ShortText>,
    /// When the publication was published; null before.
    pub published_at: Option<Instant>,
    /// The person or client that reopened the published period; null before.
    pub reopened_by: Option<ShortText>,
    /// When the published period was reopened; null before.
    pub reopened_at: Option<Instant>,
    /// The reason for which the published period was reopened; null before.
    pub reopened_reason: Option<Prose>,
}
versioned!(Publication);
page!(PublicationPage of Publication);
sorts! {
    /// The orders in which a list of publications can be sorted.
    PublicationSort of Publication in publications:
    AsAtDescending = "-as_at" by as_at: Day, descending;
    AsAt = "as_at" by as_at: Day, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

/// Which framework's metrics to seal, and for which day.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "framework_id": "0198c5b0-0000-7000-8000-000000000006", "as_at": "2017-12-31" }))]
pub struct NewPublication {
    /// Id of the framework, whose plan must be agreed: its status is `active` or `closed`.
    pub framework_id: Uuid,
    /// The day for which to derive the metrics. It must be within the plan period and not in the
    /// future. By default today, or the last day of the plan period if it is over.
    #[serde(default)]
    #[schema(nullable = false)]
    pub as_at: Option<Day>,
    /// The title of the publication. By default the framework's code and the day.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Title>,
}

/// Fields of a publication to update: the status and, of a draft, the title.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, AsChangeset, Validate)]
#[diesel(table_name = publications)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "status": "approved" }))]
pub struct PublicationPatch {
    /// The title of the publication. It can change only while the publication is a draft.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Title>,
    /// The next status of the publication.
    #[serde(default)]
    #[schema(nullable = false)]
    pub status: Option<PublicationStatus>,
    /// The reason for which the published period is reopened. Required if `status` is `reopened`,
    /// otherwise refused.
    #[serde(default)]
    #[schema(nullable = false)]
    pub reopened_reason: Option<Prose>,
}

/// Filters and sort order of a list of publications.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublicationFilter {
    /// Returns only publications of this framework.
    pub framework_id: Option<Uuid>,
    /// Returns only publications with this status.
    #[param(inline)]
    pub status: Option<PublicationStatus>,
    /// The order of the returned list; the latest day first by default.
    #[param(inline)]
    pub sort: Option<PublicationSort>,
}

/// Which target's explanation to return, and which of its rows.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublishedExplanationQuery {
    /// Id of the target.
    pub target_id: Uuid,
    /// Returns only rows that count in this way.
    #[param(inline)]
    pub counts: Option<Counts>,
    /// Returns only rows about this meeting.
    pub meeting_id: Option<Uuid>,
}

impl PublishedExplanationQuery {
    pub(super) fn rows(&self) -> ExplanationFilter {
        ExplanationFilter { counts: self.counts, meeting_id: self.meeting_id, ..ExplanationFilter::default() }
    }
}
