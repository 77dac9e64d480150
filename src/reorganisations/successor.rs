//! The JSON types of the successors in a request for a reorganisation.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::councils::model::SuccessionKind;
use crate::values::{CouncilKind, GssCode, ShortText, Slug};

/// A council that takes over from councils that end. It is a new council or an existing council.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSuccessor {
    /// Id of the existing council that takes over. Required if `council` is absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub council_id: Option<Uuid>,
    /// The new council that takes over, which is created. Required if `council_id` is absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub council: Option<SuccessorCouncil>,
    /// The ids of the councils from which this successor takes over, in the way that the request's
    /// `kind` states. If `predecessor_ids` and `predecessors` are both absent, the successor takes
    /// over from all councils that end.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    pub predecessor_ids: Option<Vec<Uuid>>,
    /// The councils from which this successor takes over, each with its own kind of succession. An
    /// example is a county that is split among unitary councils into which its districts merge.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    pub predecessors: Option<Vec<SuccessionLink>>,
    /// Whether the successor is a member of the association from the day of the reorganisation;
    /// true by default.
    #[serde(default)]
    #[schema(nullable = false)]
    pub is_member: Option<bool>,
    /// The seats to create for the successor from the day of the reorganisation on. They have no
    /// holders.
    #[serde(default)]
    #[schema(nullable = false, max_items = 200)]
    pub seats: Option<Vec<SuccessorSeat>>,
}

/// A council from which a successor takes over, and how it takes over.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuccessionLink {
    /// Id of the council that ends, which must be in the request's `predecessor_ids`.
    pub predecessor_id: Uuid,
    /// How the successor takes over from the predecessor.
    pub kind: SuccessionKind,
}

/// A council that the reorganisation creates.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuccessorCouncil {
    /// The GSS code of the council, valid from the day of the reorganisation on.
    pub gss_code: GssCode,
    /// The name of the council.
    #[schema(example = "East Suffolk Council")]
    pub name: ShortText,
    /// Whether the council is a county, a unitary council or a district.
    pub kind: CouncilKind,
    /// The county to which a district belongs; null for other councils.
    #[serde(default)]
    #[schema(example = "Suffolk")]
    pub county: Option<ShortText>,
}

/// A seat to create for a successor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuccessorSeat {
    /// Id of the group in which the seat is.
    pub group_id: Uuid,
    /// The role of the seat, such as `leader`, `chief_executive` or `lead_member`.
    pub role: Slug,
    /// The number that distinguishes several seats of one council with the same role in the group;
    /// 1 by default.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    pub ordinal: Option<i32>,
}

impl NewSuccessor {
    /// Returns the id of each predecessor with the kind of succession. `predecessor_ids` and `kind`
    /// are those of the whole request, and the successor's own values take precedence.
    pub fn links(
        &self,
        predecessor_ids: &[Uuid],
        kind: Option<SuccessionKind>,
    ) -> Vec<(Uuid, Option<SuccessionKind>)> {
        if let Some(links) = &self.predecessors {
            return links.iter().map(|link| (link.predecessor_id, Some(link.kind))).collect();
        }
        let ids = self.predecessor_ids.as_deref().unwrap_or(predecessor_ids);
        ids.iter().map(|id| (*id, kind)).collect()
    }
}
