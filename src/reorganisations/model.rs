//! The JSON types of a reorganisation: the request and the result.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::succession;
use super::successor::NewSuccessor;
use crate::councils::model::{Council, SuccessionKind};
use crate::rules::ranges;
use crate::values::{Day, RuleErrors};

/// A request for a reorganisation: which councils end, and which councils take over from them.
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
    /// The first day on which the new councils exist. The predecessors exist until the day before.
    pub reorganised_on: Day,
    /// How every successor takes over from its predecessors. Not needed if each successor has
    /// `predecessors`, which state this for each succession.
    #[serde(default)]
    #[schema(nullable = false)]
    pub kind: Option<SuccessionKind>,
    /// The ids of the councils that end on the day before `reorganised_on`.
    #[schema(min_items = 1, max_items = 50)]
    #[validate(custom(function = "ranges::are_distinct"))]
    pub predecessor_ids: Vec<Uuid>,
    /// The councils that take over, each new or existing.
    #[schema(min_items = 1, max_items = 50)]
    pub successors: Vec<NewSuccessor>,
}

/// The councils and seats after a reorganisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reorganisation {
    /// The first day on which the successors take over.
    pub reorganised_on: Day,
    /// How every successor takes over from its predecessors; null if the request states this for
    /// each succession.
    pub kind: Option<SuccessionKind>,
    /// The councils that have ended.
    #[schema(max_items = 50)]
    pub predecessors: Vec<Council>,
    /// The councils that have taken over, in the order of the request.
    #[schema(max_items = 50)]
    pub successors: Vec<Council>,
    /// The ids of the seats that have ended with their councils.
    #[schema(max_items = 100_000)]
    pub ended_seat_ids: Vec<Uuid>,
    /// The ids of the seats that were created for the successors, in the order of the request.
    #[schema(max_items = 10_000)]
    pub seat_ids: Vec<Uuid>,
}

fn parts_fit(new: &NewReorganisation) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    succession::check_successors(&mut errors, &new.predecessor_ids, &new.successors);
    succession::check_kind(&mut errors, new.kind, &new.predecessor_ids, &new.successors);
    errors.into_result()
}
