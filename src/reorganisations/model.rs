//! A reorganisation as it is asked for, and what became of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::succession;
use crate::councils::model::{Council, SuccessionKind};
use crate::rules::ranges;
use crate::values::{CouncilKind, Day, Findings, GssCode, Line, Slug};

/// What it takes to enter a reorganisation.
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
    /// The first day of the successors, and the first without the predecessors.
    pub reorganised_on: Day,
    /// How the successors follow; not needed where each of them says it link by link in `predecessors`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub kind: Option<SuccessionKind>,
    /// The councils that end.
    #[schema(min_items = 1, max_items = 50)]
    #[validate(custom(function = "ranges::are_distinct"))]
    pub predecessor_ids: Vec<Uuid>,
    /// The councils that take over.
    #[schema(min_items = 1, max_items = 50)]
    pub successors: Vec<NewSuccessor>,
}

/// A council that takes over: a new one, or one that exists already.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSuccessor {
    /// The council, if it exists already.
    #[serde(default)]
    #[schema(nullable = false)]
    pub council_id: Option<Uuid>,
    /// The council, if it is new.
    #[serde(default)]
    #[schema(nullable = false)]
    pub council: Option<SuccessorCouncil>,
    /// Which of the councils that end it takes over from, all of one kind; all of them if neither this nor `predecessors`
    /// is said.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    pub predecessor_ids: Option<Vec<Uuid>>,
    /// Which of the councils that end it takes over from, each with a kind of its own: a county is split among the unitaries
    /// into which districts merge.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    pub predecessors: Option<Vec<SuccessionLink>>,
    /// Whether it is a member of the association from the day; it is if not said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub is_member: Option<bool>,
    /// The seats it gets, from the day; they are vacant until somebody holds them.
    #[serde(default)]
    #[schema(nullable = false, max_items = 200)]
    pub seats: Option<Vec<SuccessorSeat>>,
}

/// A council that ends and from which a successor takes over.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuccessionLink {
    /// The council, one of those that end.
    pub predecessor_id: Uuid,
    /// How the successor follows it.
    pub kind: SuccessionKind,
}

/// A council that is new.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuccessorCouncil {
    /// The code it goes by from the day.
    pub gss_code: GssCode,
    /// Its name.
    #[schema(example = "East Suffolk Council")]
    pub name: Line,
    /// Its tier.
    pub kind: CouncilKind,
    /// The county a district lies in.
    #[serde(default)]
    #[schema(example = "Suffolk")]
    pub county: Option<Line>,
}

/// A seat that a council gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuccessorSeat {
    /// The group.
    pub group_id: Uuid,
    /// The role: leader, chief_executive, lead_member, ...
    pub role: Slug,
    /// Tells apart several seats of one council in one role; 1 if not said.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    pub ordinal: Option<i32>,
}

/// What a reorganisation has come to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reorganisation {
    /// The day.
    pub reorganised_on: Day,
    /// How the successors follow; null where the request said it link by link.
    pub kind: Option<SuccessionKind>,
    /// The councils that have ended.
    #[schema(max_items = 50)]
    pub predecessors: Vec<Council>,
    /// The councils that have taken over, in the order sent.
    #[schema(max_items = 50)]
    pub successors: Vec<Council>,
    /// The predecessors' seats that end on the day.
    #[schema(max_items = 100_000)]
    pub ended_seat_ids: Vec<Uuid>,
    /// The successors' seats, in the order sent.
    #[schema(max_items = 10_000)]
    pub seat_ids: Vec<Uuid>,
}

impl NewReorganisation {
    /// The councils that a successor takes over from, and how, where that is said.
    pub fn links_of(&self, successor: &NewSuccessor) -> Vec<(Uuid, Option<SuccessionKind>)> {
        if let Some(links) = &successor.predecessors {
            return links.iter().map(|link| (link.predecessor_id, Some(link.kind))).collect();
        }
        let ids = successor.predecessor_ids.as_ref().unwrap_or(&self.predecessor_ids);
        ids.iter().map(|id| (*id, self.kind)).collect()
    }
}

fn parts_fit(new: &NewReorganisation) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    succession::check_names(&mut findings, new);
    succession::check_kind(&mut findings, new);
    findings.into_result()
}
