//! The successors in the request for a reorganisation.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::councils::model::SuccessionKind;
use crate::values::{CouncilKind, GssCode, ShortText, Slug};

/// A successor: a new council or an existing one.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSuccessor {
    /// The id of an existing council. Required without `council`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub council_id: Option<Uuid>,
    /// The new council to create. Required without `council_id`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub council: Option<SuccessorCouncil>,
    /// The ids of its predecessors, if the kind of the reorganisation applies to all of them.
    /// Without this and `predecessors` the council succeeds all the councils that end.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    pub predecessor_ids: Option<Vec<Uuid>>,
    /// Its predecessors, each with a kind. Example: a county is split among unitary councils into
    /// which its districts merge.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    pub predecessors: Option<Vec<SuccessionLink>>,
    /// Whether it is a member of the association from the day of the reorganisation. Default: true.
    #[serde(default)]
    #[schema(nullable = false)]
    pub is_member: Option<bool>,
    /// The seats to create for it, from the day of the reorganisation. They are vacant until they
    /// have a holder.
    #[serde(default)]
    #[schema(nullable = false, max_items = 200)]
    pub seats: Option<Vec<SuccessorSeat>>,
}

/// A link from a successor to one of its predecessors.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuccessionLink {
    /// The id of the predecessor, one of the councils that end.
    pub predecessor_id: Uuid,
    /// The kind of the succession.
    pub kind: SuccessionKind,
}

/// A council to create.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuccessorCouncil {
    /// Its GSS code from the day of the reorganisation.
    pub gss_code: GssCode,
    /// Its name.
    #[schema(example = "East Suffolk Council")]
    pub name: ShortText,
    /// Its tier.
    pub kind: CouncilKind,
    /// The county of a district.
    #[serde(default)]
    #[schema(example = "Suffolk")]
    pub county: Option<ShortText>,
}

/// A seat to create for a successor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuccessorSeat {
    /// The id of the group.
    pub group_id: Uuid,
    /// The role: leader, chief_executive, lead_member, ...
    pub role: Slug,
    /// Distinguishes several seats of one council in one role. Default: 1.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    pub ordinal: Option<i32>,
}

impl NewSuccessor {
    /// Returns the predecessors, each with the kind of the succession if the request gives one.
    /// `predecessor_ids` and `kind` are those of the whole request.
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
