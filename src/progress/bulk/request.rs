//! What a bulk write of coverage depends on beside its lines.

use crate::policy::Scope;
use crate::values::Code;

/// A bulk write of coverage.
#[derive(Debug)]
pub struct CoverageBulk<'c> {
    /// The councils whose lines the caller may write.
    pub scope: &'c Scope,
    /// The system of the lines' own keys.
    pub own_system: Option<&'c Code>,
    /// The caller, who becomes the author.
    pub author: &'c str,
}
