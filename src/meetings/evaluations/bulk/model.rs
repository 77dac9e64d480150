//! Lines of a bulk request on the wire.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::meetings::evaluations::model::{Rating, ratings_are_distinct};
use crate::meetings::named::MeetingName;
use crate::values::{Code, Day, Findings, Instant, Line, Slug, Title, csv_file};
use crate::web::bulk::{BulkLine, LineOp, csv_lines};

/// Returned forms, each line of one meeting and question.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "lines": [{
    "client_ref": "row 3", "held_on": "2017-07-12", "meeting_title": "Summit", "question": "overall", "handed_out": 40,
    "ratings": [{ "rating": "poor", "forms": 1 }, { "rating": "good", "forms": 24 }]
}] }))]
pub struct EvaluationLines {
    /// The lines.
    #[schema(min_items = 1, max_items = 1000)]
    lines: Vec<EvaluationLine>,
}

/// Returned forms as CSV; ratings are written worst first, `poor:1;good:24`.
pub struct EvaluationCsv;
csv_lines!(
    EvaluationCsv,
    "client_ref,held_on,meeting_title,question,ratings,handed_out\r\nrow 3,2017-07-12,Summit,overall,poor:1;good:24,40\r\n"
);

/// The forms of one meeting for one question. It names its meeting one way, or is known already by `external_id` alone. What is absent stays as it is, and null clears.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "is_a_line", skip_on_field_errors = false))]
pub struct EvaluationLine {
    /// The sender's own reference, given back with what became of the line.
    #[serde(default)]
    pub client_ref: Option<Line>,
    /// What is asked for; `put` if not said.
    #[serde(default)]
    pub op: Option<LineOp>,
    /// When the sender saw this; if something newer stands, the line is stale and not applied.
    #[serde(default)]
    pub observed_at: Option<Instant>,
    /// The sender's own key of the line, in the request's `system`.
    #[serde(default)]
    pub external_id: Option<Line>,
    /// The meeting, by our id.
    #[serde(default)]
    pub meeting_id: Option<Uuid>,
    /// The meeting, by another system's key.
    #[serde(default)]
    pub meeting_external_id: Option<Line>,
    /// The meeting's group; an open event has none.
    #[serde(default)]
    pub group_code: Option<Code>,
    /// The meeting's date.
    #[serde(default)]
    pub held_on: Option<Day>,
    /// The meeting's title; at a group's meeting needed only where the date alone does not tell.
    #[serde(default)]
    pub meeting_title: Option<Title>,
    /// The question: "met expectations" and "rated good or above" are two.
    #[serde(default)]
    pub question: Option<Slug>,
    /// The question's own scale, worst first, and how many forms chose each rating; needed to put a line.
    #[serde(default)]
    #[schema(max_items = 20)]
    #[validate(custom(function = "ratings_are_distinct"))]
    pub ratings: Option<Vec<Rating>>,
    /// How many forms were handed out; null when not known.
    #[serde(default, deserialize_with = "crate::web::patch::given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000_000)]
    pub handed_out: Option<Option<i64>>,
}

impl BulkLine for EvaluationLine {
    fn read_cell(column: &str, cell: &str) -> Option<Value> {
        let rating = |part: &str| {
            let (rating, forms) = part.split_once(':').unwrap_or((part, ""));
            let forms = csv_file::integer(forms.trim()).map_or_else(|| json!(forms), Value::from);
            json!({ "rating": rating.trim(), "forms": forms })
        };
        (column == "ratings").then(|| cell.split(';').map(rating).collect())
    }
}

impl EvaluationLine {
    /// Whether the row is to be gone.
    pub fn is_delete(&self) -> bool {
        self.op == Some(LineOp::Delete)
    }

    /// How it names its meeting.
    pub fn meeting(&self) -> MeetingName<'_> {
        MeetingName {
            meeting_id: self.meeting_id,
            meeting_external_id: self.meeting_external_id.as_ref(),
            group_code: self.group_code.as_ref(),
            held_on: self.held_on,
            meeting_title: self.meeting_title.as_ref(),
        }
    }

    /// Whether its own key is all that it names.
    pub fn is_known_by_key(&self) -> bool {
        self.external_id.is_some() && self.meeting().is_empty() && self.question.is_none()
    }
}

fn is_a_line(line: &EvaluationLine) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    line.meeting().check(&mut findings);
    let unsaid = !line.is_delete() && line.ratings.is_none();
    findings.add_if(unsaid, "/ratings", "required", "Say how many forms chose each rating.");
    if !line.is_known_by_key() {
        findings.add_if(line.meeting().is_empty(), "/meeting_id", "required", "Name the meeting.");
        findings.add_if(line.question.is_none(), "/question", "required", "Name the question.");
    }
    findings.into_result()
}
