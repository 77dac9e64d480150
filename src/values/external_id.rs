//! External ids, which are the ids that rows have in external systems.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::ValidationError;

use super::{Code, RuleErrors, ShortText};

/// The id that a row has in an external system. A row has at most one id in each external system.
/// Within an external system, two rows of the same resource have different ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalId {
    /// The name of the external system.
    #[schema(example = "norfolk-crm")]
    pub system: Code,
    /// The id of the row in the external system.
    #[schema(example = "MTG-0042")]
    pub external_id: ShortText,
}

/// Checks that a list contains at most one external id for each external system.
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
