//! What a bulk write of attendance depends on beside its lines.

use crate::policy::Scope;
use crate::values::Code;

/// Whether a bulk request closes the registers of its meetings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// The request does not ask for it.
    NotAsked,
    /// The request asks for it: the registers of all named meetings are closed, unless a line
    /// fails.
    Asked,
    /// The request asks for it, but a line was left out, so no register is closed.
    Prevented,
}

impl Closing {
    /// Returns the state after a line was left out.
    pub fn prevented(self) -> Self {
        if self == Self::NotAsked { self } else { Self::Prevented }
    }
}

/// A bulk write of attendance.
#[derive(Debug)]
pub struct AttendanceBulk<'r> {
    /// The councils whose lines the caller may write.
    pub scope: &'r Scope,
    /// The system of the external ids that name meetings and seats; any system if `None`.
    pub named_system: Option<&'r Code>,
    /// The system of the lines' own keys.
    pub own_system: Option<&'r Code>,
    /// Whether to close registers with the lines.
    pub closing: Closing,
}
