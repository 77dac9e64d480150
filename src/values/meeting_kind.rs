//! The kinds of meetings.

use super::text_enum;

text_enum! {
    /// The kind of a meeting.
    pub enum MeetingKind {
        /// A meeting of a standing body.
        Meeting = "meeting",
        /// An event of no other kind.
        Event = "event",
        /// A conference.
        Conference = "conference",
        /// A summit.
        Summit = "summit",
        /// A master class.
        MasterClass = "master_class",
        /// A reception.
        Reception = "reception",
        /// A training programme or one of its cohorts.
        Programme = "programme",
    }
}
