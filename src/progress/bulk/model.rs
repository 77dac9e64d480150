//! Lines of a bulk request on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::values::{Code, Day, Findings, GssCode, Instant, Line, Prose, Url};
use crate::web::bulk::{BulkLine, LineOp, csv_lines};

/// Coverage facts: each line of one target, council, date and occasion.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "lines": [{
    "client_ref": "row 9", "framework_code": "2017-18", "target_code": "5.1.1", "council_gss_code": "E10000020",
    "occurred_on": "2017-12-31", "covered": true
}] }))]
pub struct CoverageLines {
    /// The lines.
    #[schema(min_items = 1, max_items = 1000)]
    lines: Vec<CoverageLine>,
}

/// Coverage facts as CSV.
pub struct CoverageCsv;
csv_lines!(
    CoverageCsv,
    "client_ref,framework_code,target_code,council_gss_code,occurred_on,covered\r\nrow 9,2017-18,5.1.1,E10000020,2017-12-31,true\r\n"
);

/// Whether a council has it. A target, a council, a date and an occasion say which fact it is, or `external_id` alone where it was sent before. A fact that turns out otherwise is corrected by a new entry; what documents it stays where it is absent, and null clears.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "is_a_line", skip_on_field_errors = false))]
pub struct CoverageLine {
    /// The sender's own reference, given back with what became of the line.
    #[serde(default)]
    pub client_ref: Option<Line>,
    /// What is asked for; `put` if not said. `delete` withdraws the fact with all that it corrected.
    #[serde(default)]
    pub op: Option<LineOp>,
    /// When the sender saw this; if something newer stands, the line is stale and not applied.
    #[serde(default)]
    pub observed_at: Option<Instant>,
    /// The sender's own key of the line, in the request's `system`.
    #[serde(default)]
    pub external_id: Option<Line>,
    /// The target, by our id.
    #[serde(default)]
    pub target_id: Option<Uuid>,
    /// The target's framework, beside its code.
    #[serde(default)]
    pub framework_code: Option<Code>,
    /// The target, by its code in the framework.
    #[serde(default)]
    pub target_code: Option<Code>,
    /// The council, by our id.
    #[serde(default)]
    pub council_id: Option<Uuid>,
    /// The council, by a GSS code it goes by or once did.
    #[serde(default)]
    pub council_gss_code: Option<GssCode>,
    /// The date it is about.
    #[serde(default)]
    pub occurred_on: Option<Day>,
    /// The occasion it belongs to: a canvass, a project.
    #[serde(default)]
    pub occasion: Option<Line>,
    /// Whether the council has it; needed to put a line.
    #[serde(default)]
    pub covered: Option<bool>,
    /// Where the figure comes from; the caller if not said.
    #[serde(default)]
    pub source: Option<Line>,
    /// Anything else worth knowing.
    #[serde(default, deserialize_with = "crate::web::patch::given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Prose>)]
    pub note: Option<Option<Prose>>,
    /// Where the evidence is.
    #[serde(default, deserialize_with = "crate::web::patch::given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Url>)]
    pub evidence_url: Option<Option<Url>>,
}

impl BulkLine for CoverageLine {}

impl CoverageLine {
    /// Whether the fact is withdrawn.
    pub fn is_delete(&self) -> bool {
        self.op == Some(LineOp::Delete)
    }

    /// The field that names the target.
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

    /// Whether its own key is all that it names.
    pub fn is_known_by_key(&self) -> bool {
        let names = self.names_target() || self.names_council() || self.occurred_on.is_some();
        self.external_id.is_some() && !names && self.occasion.is_none()
    }
}

fn is_a_line(line: &CoverageLine) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    let unsaid = !line.is_delete() && line.covered.is_none();
    findings.add_if(unsaid, "/covered", "required", "Say whether the council has it.");
    let natural = line.target_code.is_some() || line.framework_code.is_some();
    let twice = line.target_id.is_some() && natural;
    findings.add_if(twice, "/target_id", "named_twice", "Name the target one way.");
    let half = natural && (line.target_code.is_none() || line.framework_code.is_none());
    findings.add_if(half, "/target_code", "required", "A target's code goes with its framework_code.");
    let twice = line.council_id.is_some() && line.council_gss_code.is_some();
    findings.add_if(twice, "/council_gss_code", "named_twice", "Name the council one way.");
    if !line.is_known_by_key() {
        findings.add_if(!line.names_target(), "/target_id", "required", "Name the target.");
        findings.add_if(!line.names_council(), "/council_gss_code", "required", "Name the council.");
        findings.add_if(
            line.occurred_on.is_none(),
            "/occurred_on",
            "required",
            "Say which date it is about.",
        );
    }
    findings.into_result()
}
