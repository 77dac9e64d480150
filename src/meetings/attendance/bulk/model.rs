//! Lines of a bulk request on the wire.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::meetings::attendance::model::AttendanceStatus;
use crate::meetings::named::MeetingName;
use crate::values::{Code, Day, Findings, GssCode, Instant, Line, Slug, Title};
use crate::web::bulk::{BulkLine, LineOp, csv_lines};

/// Lines of registers, each of its own meeting.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "lines": [{
    "client_ref": "row 17", "group_code": "adult-lead-members", "held_on": "2018-03-20",
    "council_gss_code": "E10000020", "role": "lead_member", "status": "present", "observed_at": "2018-03-20T16:05:00Z"
}] }))]
pub struct AttendanceLines {
    /// The lines.
    #[schema(min_items = 1, max_items = 1000)]
    lines: Vec<AttendanceLine>,
}

/// Lines of registers as CSV.
pub struct AttendanceCsv;
csv_lines!(
    AttendanceCsv,
    "client_ref,group_code,held_on,council_gss_code,role,status\r\nrow 17,adult-lead-members,2018-03-20,E10000020,lead_member,present\r\n"
);

/// One line of a register. It names its meeting one way, and its seat or delegate one way; or it is known already by
/// `external_id` alone. What is absent stays as it is, and null clears.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "is_a_line", skip_on_field_errors = false))]
pub struct AttendanceLine {
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
    /// The seat, by our id.
    #[serde(default)]
    pub seat_id: Option<Uuid>,
    /// The seat, by another system's key.
    #[serde(default)]
    pub seat_external_id: Option<Line>,
    /// The council of the seat or delegate, by our id.
    #[serde(default)]
    pub council_id: Option<Uuid>,
    /// The council of the seat or delegate, by a GSS code it goes by or once did.
    #[serde(default)]
    pub council_gss_code: Option<GssCode>,
    /// The seat, by its role in the meeting's group.
    #[serde(default)]
    pub role: Option<Slug>,
    /// Which of several seats of a council and role.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    pub ordinal: Option<i32>,
    /// An opaque reference to a council's delegate at an open event, or to a visitor in attendance.
    #[serde(default)]
    pub delegate_ref: Option<Line>,
    /// What the line says; needed to put it.
    #[serde(default)]
    pub status: Option<AttendanceStatus>,
    /// Who came: personal data.
    #[serde(default, deserialize_with = "crate::web::patch::given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Line>)]
    pub attendee_name: Option<Option<Line>>,
    /// Anything else worth knowing; no names.
    #[serde(default, deserialize_with = "crate::web::patch::given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Line>)]
    pub note: Option<Option<Line>>,
}

impl BulkLine for AttendanceLine {}

impl AttendanceLine {
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

    /// Whether it names a council.
    pub fn names_council(&self) -> bool {
        self.council_id.is_some() || self.council_gss_code.is_some()
    }

    fn ways_to_seat(&self) -> usize {
        let ways = [
            self.seat_id.is_some(),
            self.seat_external_id.is_some(),
            self.role.is_some(),
            self.delegate_ref.is_some(),
        ];
        ways.into_iter().filter(|is_used| *is_used).count()
    }

    /// Whether its own key is all that it names.
    pub fn is_known_by_key(&self) -> bool {
        self.external_id.is_some() && self.meeting().is_empty() && self.ways_to_seat() == 0
    }
}

fn is_a_line(line: &AttendanceLine) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    let puts = !line.is_delete();
    findings.add_if(puts && line.status.is_none(), "/status", "required", "Say who came.");
    line.meeting().check(&mut findings);
    let twice = line.council_id.is_some() && line.council_gss_code.is_some();
    findings.add_if(twice, "/council_gss_code", "named_twice", "Name the council one way.");
    if !line.is_known_by_key() {
        is_named(line, &mut findings);
    }
    let visits = line.status == Some(AttendanceStatus::InAttendance);
    let nobodys = puts && line.delegate_ref.is_some() && !line.names_council() && !visits;
    findings.add_if(nobodys, "/council_gss_code", "required", "A delegate is of a council.");
    let seated = visits && line.delegate_ref.is_none() && !line.is_known_by_key();
    findings.add_if(seated, "/status", "not_a_line", "A seat is never in_attendance; visitors are.");
    findings.into_result()
}

fn is_named(line: &AttendanceLine, findings: &mut Findings) {
    let none = line.meeting().is_empty();
    findings.add_if(none, "/meeting_id", "required", "Name the meeting.");
    match line.ways_to_seat() {
        0 => findings.add("/seat_id", "required", "Name the seat, or a delegate_ref."),
        1 => {}
        _ => findings.add("/seat_id", "named_twice", "Name the seat one way."),
    }
    let unheld = line.role.is_some() && !line.names_council();
    findings.add_if(unheld, "/council_gss_code", "required", "A role is a seat's only with its council.");
    let loose = line.ordinal.is_some() && line.role.is_none();
    findings.add_if(loose, "/ordinal", "not_a_line", "An ordinal goes with a role.");
}

/// What a bulk request of attendance can ask for besides.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CloseRegister {
    /// Whether the registers of the lines' meetings are closed with them, in the same transaction: for staff alone,
    /// and for none of them if a line fails.
    #[param(default = false)]
    pub close_register: Option<bool>,
}
