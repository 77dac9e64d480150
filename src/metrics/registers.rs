//! The registers of meetings in memory. Each register is loaded once, whatever the number of targets
//! and dates that read it.

use std::collections::{BTreeSet, HashMap};

use diesel::QueryableByName;
use diesel::sql_types::{Array, Integer, Nullable, Text, Uuid as SqlUuid};
use indexmap::IndexSet;
use indexmap::set::Slice;
use uuid::Uuid;

use crate::meetings::attendance::model::AttendanceStatus;
use crate::values::{CouncilKind, ShortText, Slug};

/// The attendance of an attendee at each meeting that expects it.
#[derive(Debug, Clone, QueryableByName)]
pub struct RegisterRow {
    #[diesel(embed)]
    pub attendee: Attendee,
    /// The numbers of the meetings that expect the attendee. The loaded meetings are numbered from
    /// 1.
    #[diesel(sql_type = Array<Integer>)]
    pub ordinals: Vec<i32>,
    /// The attendance at each meeting in `ordinals`, one character for each: `p`resent, present
    /// `v`irtually, `s`ubstitute, `a`pologies, absent `x`, or `-` for no record.
    #[diesel(sql_type = Text)]
    pub statuses: String,
}

const fn parse_status(code: char) -> Option<AttendanceStatus> {
    match code {
        'p' => Some(AttendanceStatus::Present),
        'v' => Some(AttendanceStatus::PresentVirtual),
        's' => Some(AttendanceStatus::Substitute),
        'a' => Some(AttendanceStatus::Apologies),
        'x' => Some(AttendanceStatus::Absent),
        _ => None,
    }
}

/// Who is expected at a meeting: a seat with its holder, a vacant seat, or a council at an open
/// event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, QueryableByName)]
pub struct Attendee {
    #[diesel(sql_type = SqlUuid)]
    pub council_id: Uuid,
    #[diesel(sql_type = Text)]
    pub council_kind: CouncilKind,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub seat_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub role: Option<Slug>,
    #[diesel(sql_type = Nullable<Text>)]
    pub holder_ref: Option<ShortText>,
}

impl Attendee {
    pub const fn is_vacant(&self) -> bool {
        self.seat_id.is_some() && self.holder_ref.is_none()
    }
}

#[derive(Debug, Clone, Copy)]
pub struct RegisterEntry {
    /// The index of the attendee in [`Registers::attendees`]. A `u32`, because there is an entry
    /// for each attendance record.
    attendee: u32,
    pub status: Option<AttendanceStatus>,
}

impl RegisterEntry {
    pub const fn attendee(&self) -> usize {
        self.attendee as usize
    }
}

#[derive(Debug, Clone, Default)]
pub struct Registers {
    attendees: IndexSet<Attendee>,
    by_meeting: HashMap<Uuid, Vec<RegisterEntry>>,
}

impl Registers {
    /// Adds the registers of meetings, or replaces them. `rows` refer to the meetings by their
    /// position in `meetings`, from 1.
    pub fn insert(&mut self, meetings: &[Uuid], rows: Vec<RegisterRow>) {
        let mut registers: Vec<Vec<RegisterEntry>> = vec![Vec::new(); meetings.len()];
        for RegisterRow { attendee, ordinals, statuses } in rows {
            let attendee = u32::try_from(self.attendees.insert_full(attendee).0).unwrap_or(u32::MAX);
            for (ordinal, status) in ordinals.into_iter().zip(statuses.chars().map(parse_status)) {
                let position = usize::try_from(ordinal).ok().and_then(|ordinal| ordinal.checked_sub(1));
                if let Some(register) = position.and_then(|position| registers.get_mut(position)) {
                    register.push(RegisterEntry { attendee, status });
                }
            }
        }
        registers.iter_mut().for_each(Vec::shrink_to_fit);
        self.by_meeting.extend(meetings.iter().copied().zip(registers));
    }

    /// Removes the registers of these meetings.
    pub fn remove(&mut self, meetings: &BTreeSet<Uuid>) {
        self.by_meeting.retain(|id, _| !meetings.contains(id));
    }

    /// Removes the registers of all other meetings, and returns the meetings without a register.
    pub fn retain(&mut self, meetings: &BTreeSet<Uuid>) -> Vec<Uuid> {
        self.by_meeting.retain(|id, _| meetings.contains(id));
        meetings.iter().filter(|id| !self.by_meeting.contains_key(id)).copied().collect()
    }

    pub fn attendees(&self) -> &Slice<Attendee> {
        self.attendees.as_slice()
    }

    /// Returns the register of a meeting. The register is empty if the meeting expects no attendee.
    pub fn of(&self, meeting_id: Uuid) -> &[RegisterEntry] {
        self.by_meeting.get(&meeting_id).map_or(&[], Vec::as_slice)
    }

    /// Returns the approximate size in memory, in bytes.
    pub fn size(&self) -> usize {
        const ATTENDEE_BYTES: usize = 2 * size_of::<Attendee>();
        const MEETING_BYTES: usize = 2 * size_of::<(Uuid, Vec<RegisterEntry>)>();
        let entries: usize = self.by_meeting.values().map(Vec::len).sum();
        self.attendees.len() * ATTENDEE_BYTES
            + self.by_meeting.len() * MEETING_BYTES
            + entries * size_of::<RegisterEntry>()
    }
}
