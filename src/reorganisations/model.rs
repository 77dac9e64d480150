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
    /// The kind of every succession. Not needed if each successor has `predecessors`, which state
    /// the kind of each succession.
    #[serde(default)]
    #[schema(nullable = false)]
    pub kind: Option<SuccessionKind>,
    /// The ids of the councils that end.
    #[schema(min_items = 1, max_items = 50)]
    #[validate(custom(function = "ranges::are_distinct"))]
    pub predecessor_ids: Vec<Uuid>,
    /// The councils that take over from the councils that end.
    #[schema(min_items = 1, max_items = 50)]
    pub successors: Vec<NewSuccessor>,
}

/// The result of a reorganisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reorganisation {
    /// The day of the reorganisation.
    pub reorganised_on: Day,
    /// The kind of every succession; null if the request states the kind of each succession.
    pub kind: Option<SuccessionKind>,
    /// The councils that end on the day of the reorganisation.
    #[schema(max_items = 50)]
    pub predecessors: Vec<Council>,
    /// The successors, in the order of the request.
    #[schema(max_items = 50)]
    pub successors: Vec<Council>,
    /// The ids of the predecessors' seats that end on the day of the reorganisation.
    #[schema(max_items = 100_000)]
    pub ended_seat_ids: Vec<Uuid>,
    /// The ids of the successors' new seats, in the order of the request.
    #[schema(max_items = 10_000)]
    pub seat_ids: Vec<Uuid>,
}

fn parts_fit(new: &NewReorganisation) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    succession::check_successors(&mut errors, &new.predecessor_ids, &new.successors);
    succession::check_kind(&mut errors, new.kind, &new.predecessor_ids, &new.successors);
    errors.into_result()
}
