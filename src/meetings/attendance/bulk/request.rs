//! The parameters of a bulk request for attendance records.

use crate::access::Scope;
use crate::values::Code;

/// Whether a bulk request closes the registers of the meetings that its lines name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// The request does not set `close_register`.
    NotRequested,
    /// The request closes the registers of all meetings that its lines name, unless a line fails.
    Requested,
    /// The request sets `close_register`, but an invalid line was skipped, so no register is
    /// closed.
    Prevented,
}

impl Closing {
    /// Returns the state after an invalid line was skipped.
    pub fn prevented(self) -> Self {
        if self == Self::NotRequested { self } else { Self::Prevented }
    }
}

#[derive(Debug)]
pub struct AttendanceBulk<'r> {
    /// The councils whose attendance records the caller may write.
    pub scope: &'r Scope,
    /// The system of the external ids that name meetings and seats; `None` matches every system.
    pub named_system: Option<&'r Code>,
    /// The system of the lines' own external ids.
    pub own_system: Option<&'r Code>,
    pub closing: Closing,
}
