//! The kinds of councils.

use super::text_enum;

text_enum! {
    /// The tier of a council.
    pub enum CouncilKind {
        /// The upper tier of a two-tier area.
        County = "county",
        /// The only tier of its area.
        Unitary = "unitary",
        /// The lower tier of a two-tier area.
        District = "district",
    }
}
