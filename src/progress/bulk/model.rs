//! The JSON and CSV types of a bulk request for coverage.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::values::{Code, Day, GssCode, Instant, Prose, RuleErrors, ShortText, Url};
use crate::web::bulk::{BulkLine, LineOp, csv_lines};

/// A bulk request for coverage. Each line is about one target, council, date and occasion.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "lines": [{
    "client_ref": "row 9", "framework_code": "2017-18", "target_code": "5.1.1", "council_gss_code": "E10000020",
    "occurred_on": "2017-12-31", "covered": true
}] }))]
pub struct CoverageLines {
    /// The lines of the request, each of which writes one record.
    #[schema(min_items = 1, max_items = 1000)]
    lines: Vec<CoverageLine>,
}

/// A bulk request for coverage as CSV.
pub struct CoverageCsv;
csv_lines!(
    CoverageCsv,
    "client_ref,framework_code,target_code,council_gss_code,occurred_on,covered\r\nrow 9,2017-18,5.1.1,E10000020,2017-12-31,true\r\n"
);

/// A line of a bulk request, which states whether a council is covered. Target, council, date and
/// occasion identify the progress entry. For an entry that was sent before, `external_id` alone is
/// enough. If `covered` differs from the stored entry, the server creates a new entry that corrects
/// it. An absent `source`, `note` or `evidence_url` keeps its value, and null clears a field.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "check_line", skip_on_field_errors = false))]
pub struct CoverageLine {
    /// A text by which the sender recognises this line. The result of the line repeats it.
    #[serde(default)]
    pub client_ref: Option<ShortText>,
    /// Whether to create or update the progress entry (`put`), or to delete it (`delete`); `put` by
    /// default. `delete` also deletes all entries that the entry corrects, directly or through
    /// other corrections.
    #[serde(default)]
    pub op: Option<LineOp>,
    /// When the sender learned whether the council is covered. If the stored entry is newer, the
    /// line of the request is not applied, and its result is `stale`.
    #[serde(default)]
    pub observed_at: Option<Instant>,
    /// The key of the progress entry in an external system. This is the client's system or, if the
    /// client has no system, the system in the parameter `system`.
    #[serde(default)]
    pub external_id: Option<ShortText>,
    /// Id of the target.
    #[serde(default)]
    pub target_id: Option<Uuid>,
    /// Code of the target's framework; required if `target_code` is sent.
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
    /// The date to which the progress entry refers.
    #[serde(default)]
    pub occurred_on: Option<Day>,
    /// The occasion to which the progress entry refers, such as a canvass or a project.
    #[serde(default)]
    pub occasion: Option<ShortText>,
    /// Whether the council has received or answered what the target counts; required for `put`.
    #[serde(default)]
    pub covered: Option<bool>,
    /// Where the figure comes from; the caller by default.
    #[serde(default)]
    pub source: Option<ShortText>,
    /// A note about the progress entry, as free text.
    #[serde(default, deserialize_with = "crate::web::patch::given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Prose>)]
    pub note: Option<Option<Prose>>,
    /// The URL of evidence for the figure.
    #[serde(default, deserialize_with = "crate::web::patch::given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Url>)]
    pub evidence_url: Option<Option<Url>>,
}

impl BulkLine for CoverageLine {}

impl CoverageLine {
    pub fn is_delete(&self) -> bool {
        self.op == Some(LineOp::Delete)
    }

    /// Returns the JSON pointer of the field by which the line of the request names its target.
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

    /// Returns whether the line of the request identifies its entry by `external_id` alone.
    pub fn is_known_by_key(&self) -> bool {
        let names = self.names_target() || self.names_council() || self.occurred_on.is_some();
        self.external_id.is_some() && !names && self.occasion.is_none()
    }
}

fn check_line(line: &CoverageLine) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let lacks_covered = !line.is_delete() && line.covered.is_none();
    errors.add_if(
        lacks_covered,
        "/covered",
        "required",
        "Send `covered`, which is true if the council is covered, and false if not.",
    );
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
            "Send `occurred_on`, the date to which the progress entry refers.",
        );
    }
    errors.into_result()
}
