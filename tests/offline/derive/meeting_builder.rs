//! A builder of meetings, with their registers and forms.

use outturn::meetings::model::{MeetingStatus, RegisterState};
use outturn::metrics::facts::{AttendanceFact, AttendanceScope, EvaluationFact, MeetingFact};
use serde_json::json;

use super::builders::{LAST_DAY, attendance, day, id, read};

/// A meeting, with its register and forms.
#[derive(Debug, Clone)]
pub struct Meeting {
    pub(super) fact: MeetingFact,
    pub(super) forms: Option<EvaluationFact>,
    register: Option<AttendanceFact>,
}

/// Creates a meeting of group 3 with this id and day. It was held and has a closed register. Nobody
/// was expected.
pub fn meeting(n: u128, on: &str) -> Meeting {
    let fact = MeetingFact {
        target_id: id(1),
        as_at: day(LAST_DAY),
        meeting_id: id(n),
        title: read(json!("A meeting")),
        group_id: Some(id(3)),
        group_name: None,
        held_on: day(on),
        status: MeetingStatus::Held,
        register: RegisterState::Closed,
        counts_from: day(on),
        is_ahead: false,
        delivered: None,
    };
    Meeting { fact, forms: None, register: None }
}

impl Meeting {
    fn set(mut self, change: impl FnOnce(&mut MeetingFact)) -> Self {
        change(&mut self.fact);
        self
    }

    pub fn fact(self) -> MeetingFact {
        self.fact
    }

    pub fn group(self, n: u128) -> Self {
        self.set(|fact| fact.group_id = Some(id(n)))
    }

    pub fn open_event(self) -> Self {
        self.set(|fact| fact.group_id = None)
    }

    pub fn scheduled(self) -> Self {
        self.set(|fact| (fact.status, fact.register) = (MeetingStatus::Scheduled, RegisterState::Open))
    }

    pub fn cancelled(self) -> Self {
        self.set(|fact| (fact.status, fact.register) = (MeetingStatus::Cancelled, RegisterState::Open))
    }

    pub fn inquorate(self) -> Self {
        self.set(|fact| fact.status = MeetingStatus::Inquorate)
    }

    pub fn register_open(self) -> Self {
        self.set(|fact| fact.register = RegisterState::Open)
    }

    pub fn register_not_kept(self) -> Self {
        self.set(|fact| fact.register = RegisterState::NotKept)
    }

    /// Sets the day from which a meeting counts whose date is known only to the month or the year.
    pub fn counts_from(self, text: &str) -> Self {
        self.set(|fact| fact.counts_from = day(text))
    }

    pub fn delivered(self, delivered: bool) -> Self {
        self.set(|fact| fact.delivered = Some(delivered))
    }

    /// Sets how many attended of how many expected.
    pub fn attended(mut self, attended: i64, expected: i64) -> Self {
        self.register = Some(attendance(AttendanceScope::Meeting, attended, expected));
        self
    }

    /// Changes the counts of the register.
    pub fn lines(mut self, change: impl FnOnce(&mut AttendanceFact)) -> Self {
        change(self.register.as_mut().expect("an attendance"));
        self
    }

    /// Returns the attendance, if anybody was expected.
    pub(super) fn turnout(&self) -> Option<AttendanceFact> {
        let (meeting_id, group_id) = (Some(self.fact.meeting_id), self.fact.group_id);
        Some(AttendanceFact { meeting_id, group_id, ..self.register.clone()? })
    }

    /// Sets how many forms have the named rating or a better one, of how many that answered.
    pub fn forms(mut self, rated: i64, answered: i64) -> Self {
        self.forms = Some(EvaluationFact {
            target_id: id(1),
            as_at: day(LAST_DAY),
            meeting_id: self.fact.meeting_id,
            held_on: self.fact.held_on,
            answered,
            rated,
            is_scale_foreign: false,
            handed_out: None,
            attendees: 0,
        });
        self
    }

    fn set_forms(mut self, change: impl FnOnce(&mut EvaluationFact)) -> Self {
        change(self.forms.as_mut().expect("forms"));
        self
    }

    pub fn handed_out(self, forms: i64) -> Self {
        self.set_forms(|fact| fact.handed_out = Some(forms))
    }

    pub fn attendees(self, attendees: i64) -> Self {
        self.set_forms(|fact| fact.attendees = attendees)
    }

    /// Sets that the scale of the forms lacks the named rating.
    pub fn on_another_scale(self) -> Self {
        self.set_forms(|fact| (fact.rated, fact.is_scale_foreign) = (0, true))
    }
}
