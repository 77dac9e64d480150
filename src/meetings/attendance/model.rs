//! A line of a register on the wire and in its table.

use diesel::Queryable;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::attendance;
use crate::db::{Restricted, children, sorts};
use crate::values::external_id::are_one_per_system;
use crate::values::{Code, ExternalId, Findings, Instant, Line, Listed, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// What a line of a register says.
    pub enum AttendanceStatus {
        /// The holder came.
        Present = "present",
        /// The holder took part from elsewhere.
        PresentVirtual = "present_virtual",
        /// Somebody came for the holder.
        Substitute = "substitute",
        /// The holder sent apologies: not attendance.
        Apologies = "apologies",
        /// The holder did not come.
        Absent = "absent",
        /// A visitor was there: never counted.
        InAttendance = "in_attendance",
    }
}

children! {
    /// The keys other systems know a line by.
    EXTERNAL_IDS, READ_EXTERNAL_IDS: attendance_external_ids of attendance by attendance_id, told apart by system,
    { system: "text", external_id: "text" }
}

/// One line of a meeting's register: a seat's at a group's meeting, a council's delegate's at an open event, or a
/// visitor's who is in attendance.
#[derive(Debug, Clone, Serialize, Queryable, ToSchema)]
pub struct Attendance {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The meeting.
    pub meeting_id: Uuid,
    /// The seat; null for delegates and visitors.
    pub seat_id: Option<Uuid>,
    /// The council; null for a visitor of none.
    pub council_id: Option<Uuid>,
    /// An opaque reference to the delegate or visitor; null for a seat.
    pub delegate_ref: Option<Line>,
    /// Who came: personal data, null for those who may not read it.
    pub attendee_name: Option<Line>,
    /// What the line says.
    pub status: AttendanceStatus,
    /// Anything else worth knowing; no names.
    pub note: Option<Line>,
    /// The keys other systems know it by.
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
    /// How attendance is sorted.
    AttendanceSort of Attendance in attendance:
    Created = "created_at" by created_at: Instant, ascending;
    CreatedDescending = "-created_at" by created_at: Instant, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table attendance;
    /// What it takes to enter a line: a `seat_id` at a group's meeting; a `council_id` with a `delegate_ref` at an
    /// open event; a `delegate_ref` for a visitor in attendance.
    #[validate(schema(function = "is_one_sort_of_line", skip_on_field_errors = false))]
    #[schema(example = json!({
        "meeting_id": "0198c5b0-0000-7000-8000-000000000003", "seat_id": "0198c5b0-0000-7000-8000-000000000004",
        "status": "present"
    }))]
    new NewAttendance;
    /// What may change of a line.
    #[schema(example = json!({ "status": "apologies" }))]
    patch AttendancePatch;
    fixed {
        /// The meeting.
        meeting_id: Uuid,
    }
    fixed_optional {
        /// The seat.
        seat_id: Uuid,
        /// The council; a seat's own council if not said.
        council_id: Uuid,
        /// An opaque reference to the delegate or visitor.
        delegate_ref: Line,
    }
    required {
        /// What the line says.
        status: AttendanceStatus,
    }
    defaulted {}
    optional {
        /// Who came: personal data.
        attendee_name: Line,
        /// Anything else worth knowing; no names.
        note: Line,
    }
    children {
        /// The keys other systems know it by.
        #[schema(max_items = 20)]
        #[validate(custom(function = "are_one_per_system"))]
        external_ids: Vec<ExternalId>,
    }
}

fn is_one_sort_of_line(new: &NewAttendance) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    let visits = new.status == AttendanceStatus::InAttendance;
    match (new.seat_id, &new.delegate_ref) {
        (Some(_), Some(_)) => {
            findings.add("/delegate_ref", "not_a_line", "A seat's line has no delegate_ref.")
        }
        (None, None) => findings.add("/seat_id", "required", "Name a seat_id, or a delegate_ref."),
        (Some(_), None) => {
            findings.add_if(visits, "/status", "not_a_line", "A seat is never in_attendance; visitors are.");
        }
        (None, Some(_)) => {
            let nobodys = new.council_id.is_none() && !visits;
            findings.add_if(nobodys, "/council_id", "required", "A delegate is of a council.");
        }
    }
    findings.into_result()
}

/// Which lines to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttendanceFilter {
    /// Lines of this meeting's register.
    pub meeting_id: Option<Uuid>,
    /// Lines of this seat.
    pub seat_id: Option<Uuid>,
    /// Lines of this council.
    pub council_id: Option<Uuid>,
    /// Lines that say this.
    #[param(inline)]
    pub status: Option<AttendanceStatus>,
    /// The line another system knows by this key.
    #[param(inline)]
    pub external_id: Option<Line>,
    /// Which system's key it is; any if not said.
    #[param(inline)]
    pub external_system: Option<Code>,
    /// The order; the order of entry if not said.
    #[param(inline)]
    pub sort: Option<AttendanceSort>,
}
