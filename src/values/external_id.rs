//! Keys of other systems.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::ValidationError;

use super::{Code, Findings, Line};

/// The key another system knows a row by: one per system, unique within the system and the kind of row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalId {
    /// The other system's name.
    #[schema(example = "norfolk-crm")]
    pub system: Code,
    /// Its key for this row.
    #[schema(example = "MTG-0042")]
    pub external_id: Line,
}

/// A row has one key in each system.
pub fn are_one_per_system(keys: &[ExternalId]) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    for (i, key) in keys.iter().enumerate() {
        let repeated = keys[..i].iter().any(|earlier| earlier.system == key.system);
        findings.add_if(
            repeated,
            &format!("/{i}/system"),
            "duplicate",
            "The list has a key of this system already.",
        );
    }
    findings.into_result()
}
