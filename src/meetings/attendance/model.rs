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
    /// Whether and how a holder, delegate or visitor attended.
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
    /// The external ids of an attendance record: its keys in external systems.
    EXTERNAL_IDS, READ_EXTERNAL_IDS: attendance_external_ids of attendance by attendance_id, keyed by system,
    { system: "text", external_id: "text" }
}

/// A record of one person's attendance at a meeting. It is about a seat at a group's meeting, a
/// council's delegate at an open event, or a visitor.
#[derive(Debug, Clone, Serialize, Queryable, ToSchema)]
pub struct Attendance {
    /// Id of the resource, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotation marks, it is the value of the header `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the resource was created.
    pub created_at: Instant,
    /// When the resource last changed.
    pub updated_at: Instant,
    /// Id of the meeting.
    pub meeting_id: Uuid,
    /// Id of the seat; null for delegates and visitors.
    pub seat_id: Option<Uuid>,
    /// Id of the council to which the seat, delegate or visitor belongs; null for a visitor without
    /// a council.
    pub council_id: Option<Uuid>,
    /// An opaque reference to the delegate or visitor; null for a seat.
    pub delegate_ref: Option<ShortText>,
    /// The attendee's name, which is personal data; null for callers that may not read it.
    pub attendee_name: Option<ShortText>,
    /// Whether and how the holder, delegate or visitor attended.
    pub status: AttendanceStatus,
    /// A note, as free text without names.
    pub note: Option<ShortText>,
    /// The record's keys in external systems.
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
    /// The orders in which a list of attendance records can be sorted.
    AttendanceSort of Attendance in attendance:
    Created = "created_at" by created_at: Instant, ascending;
    CreatedDescending = "-created_at" by created_at: Instant, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table attendance;
    /// Fields of a new attendance record. At a group's meeting, send a `seat_id`. At an open event,
    /// send a `council_id` with a `delegate_ref`. For a visitor, send a `delegate_ref`.
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
        /// Id of the council; by default the council to which the seat belongs.
        council_id: Uuid,
        /// An opaque reference to the delegate or visitor, for a record without a seat.
        delegate_ref: ShortText,
    }
    required {
        /// Whether and how the holder, delegate or visitor attended.
        status: AttendanceStatus,
    }
    defaulted {}
    optional {
        /// The attendee's name, which is personal data.
        attendee_name: ShortText,
        /// A note, as free text without names.
        note: ShortText,
    }
    children {
        /// The record's keys in external systems, at most one for each system.
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
    /// Returns only records of this meeting's register.
    pub meeting_id: Option<Uuid>,
    /// Returns only records of this seat.
    pub seat_id: Option<Uuid>,
    /// Returns only records of this council.
    pub council_id: Option<Uuid>,
    /// Returns only records with this status.
    #[param(inline)]
    pub status: Option<AttendanceStatus>,
    /// Returns only the record with this key in an external system.
    #[param(inline)]
    pub external_id: Option<ShortText>,
    /// The external system in which `external_id` is a key; any external system by default.
    #[param(inline)]
    pub external_system: Option<Code>,
    /// The order of the returned list; `created_at` by default.
    #[param(inline)]
    pub sort: Option<AttendanceSort>,
}
