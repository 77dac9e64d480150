//! The kinds that measures select by.

use super::text_enum;

text_enum! {
    /// The tier of a council.
    pub enum CouncilKind {
        /// The upper tier of a two-tier area.
        County = "county",
        /// One tier for everything.
        Unitary = "unitary",
        /// The lower tier of a two-tier area.
        District = "district",
    }
}

text_enum! {
    /// What sort of gathering it is.
    pub enum MeetingKind {
        /// A meeting of a standing body.
        Meeting = "meeting",
        /// An event that is none of the others.
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
