//! The request for a reorganisation, and its result.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::succession;
use crate::councils::model::{Council, SuccessionKind};
use crate::rules::ranges;
use crate::values::{CouncilKind, Day, GssCode, RuleErrors, ShortText, Slug};

/// The request for a reorganisation.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "parts_fit", skip_on_field_errors = false))]
#[schema(example = json!({
    "reorganised_on": "2019-04-01", "kind": "merged",
    "predecessor_ids": ["0198c5b0-0000-7000-8000-000000000002", "0198c5b0-0000-7000-8000-000000000003"],
    "successors": [{
        "council": { "gss_code": "E07000244", "name": "East Suffolk Council", "kind": "district", "county": "Suffolk" },
        "seats": [{ "group_id": "0198c5b0-0000-7000-8000-000000000001", "role": "leader" }]
    }]
}))]
pub struct NewReorganisation {
    /// The first day of the successors. The predecessors do not exist on this day.
    pub reorganised_on: Day,
    /// The kind of every succession. Not needed if each successor has `predecessors`, which give a
    /// kind for each link.
    #[serde(default)]
    #[schema(nullable = false)]
    pub kind: Option<SuccessionKind>,
    /// The ids of the councils that end.
    #[schema(min_items = 1, max_items = 50)]
    #[validate(custom(function = "ranges::are_distinct"))]
    pub predecessor_ids: Vec<Uuid>,
    /// The successors of these councils.
    #[schema(min_items = 1, max_items = 50)]
    pub successors: Vec<NewSuccessor>,
}

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

/// The result of a reorganisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reorganisation {
    /// The day of the reorganisation.
    pub reorganised_on: Day,
    /// The kind of every succession; null if the request gave a kind for each link.
    pub kind: Option<SuccessionKind>,
    /// The councils that end on the day.
    #[schema(max_items = 50)]
    pub predecessors: Vec<Council>,
    /// The successors, in the order of the request.
    #[schema(max_items = 50)]
    pub successors: Vec<Council>,
    /// The ids of the predecessors' seats that end on the day.
    #[schema(max_items = 100_000)]
    pub ended_seat_ids: Vec<Uuid>,
    /// The ids of the successors' new seats, in the order of the request.
    #[schema(max_items = 10_000)]
    pub seat_ids: Vec<Uuid>,
}

impl NewReorganisation {
    /// Returns a successor's predecessors, each with the kind of the succession if the request
    /// gives one.
    pub fn links_of(&self, successor: &NewSuccessor) -> Vec<(Uuid, Option<SuccessionKind>)> {
        if let Some(links) = &successor.predecessors {
            return links.iter().map(|link| (link.predecessor_id, Some(link.kind))).collect();
        }
        let ids = successor.predecessor_ids.as_ref().unwrap_or(&self.predecessor_ids);
        ids.iter().map(|id| (*id, self.kind)).collect()
    }
}

fn parts_fit(new: &NewReorganisation) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    succession::check_names(&mut errors, new);
    succession::check_kind(&mut errors, new);
    errors.into_result()
}
