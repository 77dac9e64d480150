//! The parameters of a bulk request for coverage.

use crate::access::Scope;
use crate::values::Code;

#[derive(Debug)]
pub struct CoverageBulk<'c> {
    /// The councils whose coverage the caller may write.
    pub scope: &'c Scope,
    /// The system of the lines' own external ids.
    pub own_system: Option<&'c Code>,
    /// The caller, who becomes the author of new entries.
    pub author: &'c str,
}
