//! The parameters of a bulk request for attendance records.

use crate::access::Scope;
use crate::values::Code;

/// Whether a bulk request closes the registers of the meetings that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// The request does not set `close_register`, so no register is closed.
    NotRequested,
    /// The request closes the registers of all meetings that it names, unless a line of the request
    /// fails.
    Requested,
    /// The request sets `close_register`, but no register is closed because one of its lines was
    /// invalid.
    Prevented,
}

impl Closing {
    /// Returns the state for a request in which a line was invalid.
    pub fn prevented(self) -> Self {
        if self == Self::NotRequested { self } else { Self::Prevented }
    }
}

#[derive(Debug)]
pub struct AttendanceBulk<'r> {
    /// The councils whose attendance records the caller may write.
    pub scope: &'r Scope,
    /// The external system in which the external ids of meetings and seats are keys; `None` for any
    /// external system.
    pub named_system: Option<&'r Code>,
    /// The external system in which the `external_id` of each line is a key.
    pub own_system: Option<&'r Code>,
    pub closing: Closing,
}
