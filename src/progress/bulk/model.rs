//! The JSON and CSV types of a bulk request for coverage.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::values::{Code, Day, GssCode, Instant, Prose, RuleErrors, ShortText, Url};
use crate::web::bulk::{BulkLine, LineOp, csv_lines};

/// Lines about coverage. Each line is about one target, council, date and occasion.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "lines": [{
    "client_ref": "row 9", "framework_code": "2017-18", "target_code": "5.1.1", "council_gss_code": "E10000020",
    "occurred_on": "2017-12-31", "covered": true
}] }))]
pub struct CoverageLines {
    /// The lines to write.
    #[schema(min_items = 1, max_items = 1000)]
    lines: Vec<CoverageLine>,
}

/// Lines about coverage, as CSV.
pub struct CoverageCsv;
csv_lines!(
    CoverageCsv,
    "client_ref,framework_code,target_code,council_gss_code,occurred_on,covered\r\nrow 9,2017-18,5.1.1,E10000020,2017-12-31,true\r\n"
);

/// Whether a council is covered. Target, council, date and occasion identify the entry of a line.
/// To name an entry that was sent before, `external_id` alone is enough. If `covered` differs from
/// the stored entry, the server creates a new entry that corrects the stored entry. An absent
/// `source`, `note` or `evidence_url` keeps its value, and null clears a field.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "check_line", skip_on_field_errors = false))]
pub struct CoverageLine {
    /// The sender's own reference. The line result returns it.
    #[serde(default)]
    pub client_ref: Option<ShortText>,
    /// The operation; `put` by default. `delete` deletes the entry and all entries that the entry
    /// corrects, directly or through other corrections.
    #[serde(default)]
    pub op: Option<LineOp>,
    /// When the sender observed the fact. If the stored entry is newer, the line is stale and is
    /// not applied.
    #[serde(default)]
    pub observed_at: Option<Instant>,
    /// The sender's own key of the entry. The key's system is the client's system, or else the
    /// parameter `system`.
    #[serde(default)]
    pub external_id: Option<ShortText>,
    /// Id of the target.
    #[serde(default)]
    pub target_id: Option<Uuid>,
    /// Code of the target's framework. The field is required together with `target_code`.
    #[serde(default)]
    pub framework_code: Option<Code>,
    /// Code of the target in the framework.
    #[serde(default)]
    pub target_code: Option<Code>,
    /// Id of the council.
    #[serde(default)]
    pub council_id: Option<Uuid>,
    /// A current or former GSS code of the council.
    #[serde(default)]
    pub council_gss_code: Option<GssCode>,
    /// The date that the entry is about.
    #[serde(default)]
    pub occurred_on: Option<Day>,
    /// The occasion that the entry belongs to, such as a canvass or a project.
    #[serde(default)]
    pub occasion: Option<ShortText>,
    /// Whether the council is covered; required for `put`.
    #[serde(default)]
    pub covered: Option<bool>,
    /// The source of the figure; the caller by default.
    #[serde(default)]
    pub source: Option<ShortText>,
    /// A note, as free text.
    #[serde(default, deserialize_with = "crate::web::patch::given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Prose>)]
    pub note: Option<Option<Prose>>,
    /// URL of the evidence.
    #[serde(default, deserialize_with = "crate::web::patch::given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Url>)]
    pub evidence_url: Option<Option<Url>>,
}

impl BulkLine for CoverageLine {}

impl CoverageLine {
    pub fn is_delete(&self) -> bool {
        self.op == Some(LineOp::Delete)
    }

    /// Returns the JSON pointer of the field that names the target.
    pub fn target_field(&self) -> &'static str {
        match self {
            Self { target_id: Some(_), .. } => "/target_id",
            Self { target_code: Some(_), .. } => "/target_code",
            _ => "/external_id",
        }
    }

    fn names_target(&self) -> bool {
        self.target_id.is_some() || self.target_code.is_some() || self.framework_code.is_some()
    }

    fn names_council(&self) -> bool {
        self.council_id.is_some() || self.council_gss_code.is_some()
    }

    /// Returns whether `external_id` is the only name of the entry.
    pub fn is_known_by_key(&self) -> bool {
        let names = self.names_target() || self.names_council() || self.occurred_on.is_some();
        self.external_id.is_some() && !names && self.occasion.is_none()
    }
}

fn check_line(line: &CoverageLine) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let lacks_covered = !line.is_delete() && line.covered.is_none();
    errors.add_if(lacks_covered, "/covered", "required", "Send `covered`, which is true or false.");
    let has_codes = line.target_code.is_some() || line.framework_code.is_some();
    let has_two_targets = line.target_id.is_some() && has_codes;
    errors.add_if(
        has_two_targets,
        "/target_id",
        "mutually_exclusive",
        "The line identifies the target twice. Send either `target_id`, or both `framework_code` and `target_code`.",
    );
    let lacks_code = has_codes && (line.target_code.is_none() || line.framework_code.is_none());
    errors.add_if(
        lacks_code,
        "/target_code",
        "required",
        "Send `target_code` and `framework_code` together.",
    );
    let has_two_councils = line.council_id.is_some() && line.council_gss_code.is_some();
    errors.add_if(
        has_two_councils,
        "/council_gss_code",
        "mutually_exclusive",
        "Send either `council_id` or `council_gss_code`, not both.",
    );
    if !line.is_known_by_key() {
        errors.add_if(
            !line.names_target(),
            "/target_id",
            "required",
            "Send the target as `target_id`, or as `framework_code` and `target_code`.",
        );
        errors.add_if(
            !line.names_council(),
            "/council_gss_code",
            "required",
            "Send the council as `council_id` or `council_gss_code`.",
        );
        errors.add_if(
            line.occurred_on.is_none(),
            "/occurred_on",
            "required",
            "Send `occurred_on`, the date of the progress entry.",
        );
    }
    errors.into_result()
}
