//! Keys of other systems.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Code, Line};

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
