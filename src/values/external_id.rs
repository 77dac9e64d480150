//! External ids: keys that rows have in other systems.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::ValidationError;

use super::{Code, RuleErrors, ShortText};

/// A row's key in another system. A row has one key in each system. A key is unique within its
/// system and the kind of row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalId {
    /// The other system's name.
    #[schema(example = "norfolk-crm")]
    pub system: Code,
    /// The key of this row in that system.
    #[schema(example = "MTG-0042")]
    pub external_id: ShortText,
}

/// Checks that a list has at most one key for each system.
pub fn are_one_per_system(keys: &[ExternalId]) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    for (i, key) in keys.iter().enumerate() {
        let repeated = keys[..i].iter().any(|earlier| earlier.system == key.system);
        errors.add_if(
            repeated,
            &format!("/{i}/system"),
            "duplicate",
            "The list already has an external id for this external system. Send one external id for each external system.",
        );
    }
    errors.into_result()
}
