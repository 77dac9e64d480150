//! The JSON and CSV types of a bulk request for evaluations.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::meetings::evaluations::model::{Rating, ratings_are_distinct};
use crate::meetings::resolve::MeetingName;
use crate::values::{Code, Day, Instant, RuleErrors, ShortText, Slug, Title, csv_file};
use crate::web::bulk::{BulkLine, LineOp, csv_lines};

/// A bulk request for evaluations of one or more meetings. Each line is about one meeting and one
/// question.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "lines": [{
    "client_ref": "row 3", "held_on": "2017-07-12", "meeting_title": "Summit", "question": "overall", "handed_out": 40,
    "ratings": [{ "rating": "poor", "forms": 1 }, { "rating": "good", "forms": 24 }]
}] }))]
pub struct EvaluationLines {
    /// The lines of the request, each of which writes one record.
    #[schema(min_items = 1, max_items = 1000)]
    lines: Vec<EvaluationLine>,
}

/// A bulk request for evaluations as CSV. The column `ratings` has the number of forms for each
/// rating, from worst to best: `poor:1;good:24`.
pub struct EvaluationCsv;
csv_lines!(
    EvaluationCsv,
    "client_ref,held_on,meeting_title,question,ratings,handed_out\r\nrow 3,2017-07-12,Summit,overall,poor:1;good:24,40\r\n"
);

/// A line of a bulk request, which writes the evaluation of one meeting and one question. It names
/// its meeting in exactly one way. For an evaluation that was sent before, `external_id` alone is
/// enough. An absent field keeps its value, and null clears a field.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "check_line", skip_on_field_errors = false))]
pub struct EvaluationLine {
    /// A text by which the sender recognises this line. The result of the line repeats it.
    #[serde(default)]
    pub client_ref: Option<ShortText>,
    /// Whether to create or update the record (`put`), or to delete it (`delete`); `put` by
    /// default.
    #[serde(default)]
    pub op: Option<LineOp>,
    /// When the sender counted the forms. If the stored evaluation is newer, the line of the
    /// request is not applied, and its result is `stale`.
    #[serde(default)]
    pub observed_at: Option<Instant>,
    /// The key of the evaluation in an external system. This is the client's system or, if the
    /// client has no system, the system in the parameter `system`.
    #[serde(default)]
    pub external_id: Option<ShortText>,
    /// Id of the meeting.
    #[serde(default)]
    pub meeting_id: Option<Uuid>,
    /// The key of the meeting in an external system.
    #[serde(default)]
    pub meeting_external_id: Option<ShortText>,
    /// Code of the group that met; absent for an open event.
    #[serde(default)]
    pub group_code: Option<Code>,
    /// The date of the meeting.
    #[serde(default)]
    pub held_on: Option<Day>,
    /// The title of the meeting. With a `group_code`, the title is necessary only if the group has
    /// several meetings on that date.
    #[serde(default)]
    pub meeting_title: Option<Title>,
    /// The question on the evaluation form, such as `overall`. Each question of a form has its own
    /// evaluation.
    #[serde(default)]
    pub question: Option<Slug>,
    /// The ratings of the question's scale, worst first, each with its number of forms; required
    /// for `put`.
    #[serde(default)]
    #[schema(max_items = 20)]
    #[validate(custom(function = "ratings_are_distinct"))]
    pub ratings: Option<Vec<Rating>>,
    /// The number of evaluation forms that were handed out; null if not known.
    #[serde(default, deserialize_with = "crate::web::patch::given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000_000)]
    pub handed_out: Option<Option<i64>>,
}

impl BulkLine for EvaluationLine {
    fn parse_cell(column: &str, cell: &str) -> Option<Value> {
        let rating = |part: &str| {
            let (rating, forms) = part.split_once(':').unwrap_or((part, ""));
            let forms = csv_file::integer(forms.trim()).map_or_else(|| json!(forms), Value::from);
            json!({ "rating": rating.trim(), "forms": forms })
        };
        (column == "ratings").then(|| cell.split(';').map(rating).collect())
    }
}

impl EvaluationLine {
    pub fn is_delete(&self) -> bool {
        self.op == Some(LineOp::Delete)
    }

    /// Returns the fields by which the line of the request names its meeting.
    pub fn meeting(&self) -> MeetingName<'_> {
        MeetingName {
            meeting_id: self.meeting_id,
            meeting_external_id: self.meeting_external_id.as_ref(),
            group_code: self.group_code.as_ref(),
            held_on: self.held_on,
            meeting_title: self.meeting_title.as_ref(),
        }
    }

    /// Returns whether the line of the request identifies its evaluation by `external_id` alone.
    pub fn is_known_by_key(&self) -> bool {
        self.external_id.is_some() && self.meeting().is_empty() && self.question.is_none()
    }
}

fn check_line(line: &EvaluationLine) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    line.meeting().check(&mut errors);
    let lacks_ratings = !line.is_delete() && line.ratings.is_none();
    errors.add_if(
        lacks_ratings,
        "/ratings",
        "required",
        "Send `ratings`, the number of forms for each rating.",
    );
    if !line.is_known_by_key() {
        errors.add_if(
            line.meeting().is_empty(),
            "/meeting_id",
            "required",
            "Send the meeting as `meeting_id`, as `meeting_external_id`, or as `group_code`, `held_on` and `meeting_title`.",
        );
        errors.add_if(line.question.is_none(), "/question", "required", "Send the evaluation's `question`.");
    }
    errors.into_result()
}
