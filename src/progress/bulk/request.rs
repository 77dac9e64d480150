//! The parameters of a bulk request for coverage.

use crate::access::Scope;
use crate::values::Code;

#[derive(Debug)]
pub struct CoverageBulk<'c> {
    pub scope: &'c Scope,
    /// The external system in which the `external_id` of each line is a key.
    pub own_system: Option<&'c Code>,
    pub author: &'c str,
}
