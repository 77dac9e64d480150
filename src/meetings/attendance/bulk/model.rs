//! The JSON and CSV types of a bulk request for attendance records.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::meetings::attendance::model::AttendanceStatus;
use crate::meetings::resolve::MeetingName;
use crate::values::{Code, Day, GssCode, Instant, RuleErrors, ShortText, Slug, Title};
use crate::web::bulk::{BulkLine, LineOp, csv_lines};

/// A bulk request for attendance records of one or more registers. Each line names its own meeting.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "lines": [{
    "client_ref": "row 17", "group_code": "adult-lead-members", "held_on": "2018-03-20",
    "council_gss_code": "E10000020", "role": "lead_member", "status": "present", "observed_at": "2018-03-20T16:05:00Z"
}] }))]
pub struct AttendanceLines {
    /// The lines of the request, each of which writes one record.
    #[schema(min_items = 1, max_items = 1000)]
    lines: Vec<AttendanceLine>,
}

/// A bulk request for attendance records as CSV.
pub struct AttendanceCsv;
csv_lines!(
    AttendanceCsv,
    "client_ref,group_code,held_on,council_gss_code,role,status\r\nrow 17,adult-lead-members,2018-03-20,E10000020,lead_member,present\r\n"
);

/// A line of a bulk request, which writes one attendance record. It names its meeting in exactly
/// one way, and its seat or delegate in exactly one way. For a record that was sent before,
/// `external_id` alone is enough. An absent field keeps its value, and null clears a field.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "check_line", skip_on_field_errors = false))]
pub struct AttendanceLine {
    /// A text by which the sender recognises this line. The result of the line repeats it.
    #[serde(default)]
    pub client_ref: Option<ShortText>,
    /// Whether to create or update the record (`put`), or to delete it (`delete`); `put` by
    /// default.
    #[serde(default)]
    pub op: Option<LineOp>,
    /// When the sender recorded the attendance. If the stored record is newer, the line of the
    /// request is not applied, and its result is `stale`.
    #[serde(default)]
    pub observed_at: Option<Instant>,
    /// The key of the attendance record in an external system. This is the client's system or, if
    /// the client has no system, the system in the parameter `system`.
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
    /// Id of the seat.
    #[serde(default)]
    pub seat_id: Option<Uuid>,
    /// The key of the seat in an external system.
    #[serde(default)]
    pub seat_external_id: Option<ShortText>,
    /// Id of the council to which the seat or delegate belongs.
    #[serde(default)]
    pub council_id: Option<Uuid>,
    /// A current or former GSS code of the council to which the seat or delegate belongs.
    #[serde(default)]
    pub council_gss_code: Option<GssCode>,
    /// The role of the seat in the group that met.
    #[serde(default)]
    pub role: Option<Slug>,
    /// The number that distinguishes several seats of one council with the same role in the group.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    pub ordinal: Option<i32>,
    /// An opaque reference to a person without a seat: a council's delegate at an open event, or a
    /// visitor.
    #[serde(default)]
    pub delegate_ref: Option<ShortText>,
    /// Whether and how the holder, delegate or visitor attended; required for `put`.
    #[serde(default)]
    pub status: Option<AttendanceStatus>,
    /// The attendee's name, which is personal data.
    #[serde(default, deserialize_with = "crate::web::patch::given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ShortText>)]
    pub attendee_name: Option<Option<ShortText>>,
    /// A note, as free text without names.
    #[serde(default, deserialize_with = "crate::web::patch::given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ShortText>)]
    pub note: Option<Option<ShortText>>,
}

impl BulkLine for AttendanceLine {}

impl AttendanceLine {
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

    /// Returns whether the line of the request identifies its attendance record by `external_id`
    /// alone.
    pub fn is_known_by_key(&self) -> bool {
        self.external_id.is_some() && self.meeting().is_empty() && self.ways_to_seat() == 0
    }
}

fn check_line(line: &AttendanceLine) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let is_put = !line.is_delete();
    errors.add_if(
        is_put && line.status.is_none(),
        "/status",
        "required",
        "Send the `status` of the attendance record.",
    );
    line.meeting().check(&mut errors);
    let has_two_councils = line.council_id.is_some() && line.council_gss_code.is_some();
    errors.add_if(
        has_two_councils,
        "/council_gss_code",
        "mutually_exclusive",
        "Send either `council_id` or `council_gss_code`, not both.",
    );
    if !line.is_known_by_key() {
        check_names(line, &mut errors);
    }
    let is_visitor = line.status == Some(AttendanceStatus::InAttendance);
    let lacks_council = is_put && line.delegate_ref.is_some() && !line.names_council() && !is_visitor;
    errors.add_if(lacks_council, "/council_gss_code", "required", "Send the council of the delegate.");
    let is_of_seat = is_visitor && line.delegate_ref.is_none() && !line.is_known_by_key();
    errors.add_if(
        is_of_seat,
        "/status",
        "invalid_combination",
        "The status `in_attendance` is for visitors only. A seat needs another status.",
    );
    errors.into_result()
}

fn check_names(line: &AttendanceLine, errors: &mut RuleErrors) {
    errors.add_if(
        line.meeting().is_empty(),
        "/meeting_id",
        "required",
        "Send the meeting as `meeting_id`, as `meeting_external_id`, or as `group_code`, `held_on` and `meeting_title`.",
    );
    match line.ways_to_seat() {
        0 => errors.add("/seat_id", "required", "Send the seat, or send a `delegate_ref`."),
        1 => {}
        _ => errors.add(
            "/seat_id",
            "mutually_exclusive",
            "Send only one of `seat_id`, `seat_external_id`, `role` and `delegate_ref`.",
        ),
    }
    let lacks_council = line.role.is_some() && !line.names_council();
    errors.add_if(
        lacks_council,
        "/council_gss_code",
        "required",
        "Send the council of the seat with this `role` as `council_id` or `council_gss_code`.",
    );
    let lacks_role = line.ordinal.is_some() && line.role.is_none();
    errors.add_if(lacks_role, "/ordinal", "invalid_combination", "Send a `role` with the `ordinal`.");
}

/// A parameter that only bulk requests for attendance records have.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CloseRegister {
    /// Whether to close, in the same transaction, the registers of all meetings that the request
    /// names. Only staff may close registers. If a line of the request fails, no register is
    /// closed.
    #[param(default = false)]
    pub close_register: Option<bool>,
}
