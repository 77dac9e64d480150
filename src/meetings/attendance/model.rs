//! The JSON types of attendance records, and their mapping to the table `attendance`.

use diesel::Queryable;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::attendance;
use crate::db::{Restricted, children, sorts};
use crate::values::external_id::are_one_per_system;
use crate::values::{Code, ExternalId, Instant, Listed, RuleErrors, ShortText, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// The status of an attendance record.
    pub enum AttendanceStatus {
        /// The holder attended.
        Present = "present",
        /// The holder attended remotely.
        PresentVirtual = "present_virtual",
        /// Another person attended in place of the holder.
        Substitute = "substitute",
        /// The holder sent apologies. Apologies do not count as attendance.
        Apologies = "apologies",
        /// The holder did not attend.
        Absent = "absent",
        /// A visitor attended. Figures never count visitors.
        InAttendance = "in_attendance",
    }
}

children! {
    /// The external ids of an attendance record: its keys in other systems.
    EXTERNAL_IDS, READ_EXTERNAL_IDS: attendance_external_ids of attendance by attendance_id, keyed by system,
    { system: "text", external_id: "text" }
}

/// One line of a meeting's register. The line is about a seat at a group's meeting, a council's
/// delegate at an open event, or a visitor in attendance.
#[derive(Debug, Clone, Serialize, Queryable, ToSchema)]
pub struct Attendance {
    /// Id, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the row was created.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// Id of the meeting.
    pub meeting_id: Uuid,
    /// Id of the seat; null for delegates and visitors.
    pub seat_id: Option<Uuid>,
    /// Id of the council; null for a visitor without a council.
    pub council_id: Option<Uuid>,
    /// An opaque reference to the delegate or visitor; null for a seat.
    pub delegate_ref: Option<ShortText>,
    /// The attendee's name. Personal data: null for callers that may not read it.
    pub attendee_name: Option<ShortText>,
    /// The attendance status.
    pub status: AttendanceStatus,
    /// A note, as free text without names.
    pub note: Option<ShortText>,
    /// The record's keys in other systems.
    #[diesel(deserialize_as = Listed<ExternalId>)]
    #[schema(max_items = 20)]
    pub external_ids: Vec<ExternalId>,
}

impl Restricted for Attendance {
    fn council(&self) -> Option<Uuid> {
        self.council_id
    }

    fn clear_note(&mut self) {
        self.note = None;
    }

    fn keys(&mut self) -> &mut Vec<ExternalId> {
        &mut self.external_ids
    }
}
versioned!(Attendance, named if |line| line.attendee_name.is_some());
page!(AttendancePage of Attendance);
sorts! {
    /// Sort orders of attendance records.
    AttendanceSort of Attendance in attendance:
    Created = "created_at" by created_at: Instant, ascending;
    CreatedDescending = "-created_at" by created_at: Instant, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table attendance;
    /// Fields of a new attendance record. At a group's meeting, send a `seat_id`. At an open event,
    /// send a `council_id` with a `delegate_ref`. For a visitor in attendance, send a
    /// `delegate_ref`.
    #[validate(schema(function = "check_line", skip_on_field_errors = false))]
    #[schema(example = json!({
        "meeting_id": "0198c5b0-0000-7000-8000-000000000003", "seat_id": "0198c5b0-0000-7000-8000-000000000004",
        "status": "present"
    }))]
    new NewAttendance;
    /// Fields of an attendance record to update.
    #[schema(example = json!({ "status": "apologies" }))]
    patch AttendancePatch;
    fixed {
        /// Id of the meeting.
        meeting_id: Uuid,
    }
    fixed_optional {
        /// Id of the seat.
        seat_id: Uuid,
        /// Id of the council; by default the council of the seat.
        council_id: Uuid,
        /// An opaque reference to the delegate or visitor.
        delegate_ref: ShortText,
    }
    required {
        /// The attendance status.
        status: AttendanceStatus,
    }
    defaulted {}
    optional {
        /// The attendee's name. Personal data.
        attendee_name: ShortText,
        /// A note, as free text without names.
        note: ShortText,
    }
    children {
        /// The record's keys in other systems, at most one for each system.
        #[schema(max_items = 20)]
        #[validate(custom(function = "are_one_per_system"))]
        external_ids: Vec<ExternalId>,
    }
}

fn check_line(new: &NewAttendance) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let is_visitor = new.status == AttendanceStatus::InAttendance;
    match (new.seat_id, &new.delegate_ref) {
        (Some(_), Some(_)) => errors.add(
            "/delegate_ref",
            "invalid_combination",
            "Send either a `seat_id` or a `delegate_ref`, not both.",
        ),
        (None, None) => errors.add("/seat_id", "required", "Send a `seat_id` or a `delegate_ref`."),
        (Some(_), None) => {
            errors.add_if(
                is_visitor,
                "/status",
                "invalid_combination",
                "The status `in_attendance` is for visitors only. A seat needs another status.",
            );
        }
        (None, Some(_)) => {
            let lacks_council = new.council_id.is_none() && !is_visitor;
            errors.add_if(lacks_council, "/council_id", "required", "Send the delegate's `council_id`.");
        }
    }
    errors.into_result()
}

/// Filters and sort order of a list of attendance records.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttendanceFilter {
    /// Only records of this meeting's register.
    pub meeting_id: Option<Uuid>,
    /// Only records of this seat.
    pub seat_id: Option<Uuid>,
    /// Only records of this council.
    pub council_id: Option<Uuid>,
    /// Only records with this status.
    #[param(inline)]
    pub status: Option<AttendanceStatus>,
    /// Only the record with this key in another system.
    #[param(inline)]
    pub external_id: Option<ShortText>,
    /// The system of `external_id`; any system by default.
    #[param(inline)]
    pub external_system: Option<Code>,
    /// The sort order; `created_at` by default.
    #[param(inline)]
    pub sort: Option<AttendanceSort>,
}
