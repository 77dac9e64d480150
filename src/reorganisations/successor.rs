//! The JSON types of the successors in a request for a reorganisation.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::councils::model::SuccessionKind;
use crate::values::{CouncilKind, GssCode, ShortText, Slug};

/// A council that takes over from councils that end: a new council or an existing council.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSuccessor {
    /// The id of an existing council. Required if `council` is absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub council_id: Option<Uuid>,
    /// The council to create. Required if `council_id` is absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub council: Option<SuccessorCouncil>,
    /// The ids of the successor's predecessors; the request's `kind` applies to each. If
    /// `predecessor_ids` and `predecessors` are both absent, all councils that end are
    /// predecessors.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    pub predecessor_ids: Option<Vec<Uuid>>,
    /// The successor's predecessors, each with its own kind of succession. An example is a county
    /// that is split among unitary councils into which its districts merge.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    pub predecessors: Option<Vec<SuccessionLink>>,
    /// Whether the successor is a member of the association from the day of the reorganisation;
    /// true by default.
    #[serde(default)]
    #[schema(nullable = false)]
    pub is_member: Option<bool>,
    /// The seats to create for the successor, from the day of the reorganisation on. The new seats
    /// are vacant.
    #[serde(default)]
    #[schema(nullable = false, max_items = 200)]
    pub seats: Option<Vec<SuccessorSeat>>,
}

/// A predecessor of one successor, with the kind of succession.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuccessionLink {
    /// The id of the predecessor, which must be one of the councils that end.
    pub predecessor_id: Uuid,
    /// The kind of the succession.
    pub kind: SuccessionKind,
}

/// A council that the reorganisation creates.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuccessorCouncil {
    /// The council's GSS code, valid from the day of the reorganisation.
    pub gss_code: GssCode,
    /// The council's name.
    #[schema(example = "East Suffolk Council")]
    pub name: ShortText,
    /// The council's tier of local government.
    pub kind: CouncilKind,
    /// The county to which a district belongs.
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
    /// Distinguishes several seats with the same council and role; 1 by default.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    pub ordinal: Option<i32>,
}

impl NewSuccessor {
    /// Returns the id of each predecessor, with the kind of succession. `predecessor_ids` and
    /// `kind` are the values in the whole request; the successor's own values take precedence.
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
