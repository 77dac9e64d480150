//! The JSON types of seats, and their mapping to the tables `seats` and `seat_terms`.

use diesel::Queryable;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::seats;
use crate::db::{Restricted, children, sorts};
use crate::rules::ranges;
use crate::values::external_id::are_one_per_system;
use crate::values::{Code, Day, ExternalId, Instant, Listed, RuleErrors, ShortText, Slug};
use crate::web::{editable, page, versioned};

/// A term: the days on which one holder has a seat, from `held_from` until the day before
/// `held_until`. On a day without a term, the seat is vacant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// An opaque, stable reference to the holder. One holder may have several seats.
    #[schema(example = "person-0417")]
    pub holder_ref: ShortText,
    /// The holder's name, which is personal data; null for callers that may not read it.
    #[serde(default)]
    pub holder_name: Option<ShortText>,
    /// The first day of the term.
    pub held_from: Day,
    /// The day after the last day of the term; null if no end is known.
    #[serde(default)]
    pub held_until: Option<Day>,
}

children! {
    /// The terms of a seat, with the holders' names.
    TERMS, READ_TERMS: seat_terms of seats by seat_id, keyed by held_from,
    { holder_ref: "text", holder_name: "text", held_from: "date", held_until: "date" }
}
children! {
    /// The terms of a seat without the holders' names, for callers that may not read names.
    NAMELESS_TERMS, READ_NAMELESS_TERMS: seat_terms of seats by seat_id, keyed by held_from,
    { holder_ref: "text", held_from: "date", held_until: "date" }
}
children! {
    /// The external ids of a seat: its keys in external systems.
    EXTERNAL_IDS, READ_EXTERNAL_IDS: seat_external_ids of seats by seat_id, keyed by system,
    { system: "text", external_id: "text" }
}

/// A place in a group that belongs to a council, with a role.
#[derive(Debug, Clone, Serialize, Queryable, ToSchema)]
pub struct Seat {
    /// Id of the resource, assigned by the server.
    pub id: Uuid,
    /// Increases with every change of the seat or its terms. In quotation marks, it is the value of
    /// the header `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the resource was created.
    pub created_at: Instant,
    /// When the resource last changed.
    pub updated_at: Instant,
    /// Id of the group in which the seat is.
    pub group_id: Uuid,
    /// Id of the council that the seat belongs to.
    pub council_id: Uuid,
    /// The role of the seat, such as `leader`, `chief_executive`, `lead_member`, `chair`, `member`,
    /// `officer` or `director`.
    pub role: Slug,
    /// The number that distinguishes several seats of one council with the same role in the group.
    #[schema(minimum = 1, maximum = 1000)]
    pub ordinal: i32,
    /// The first day on which the seat exists; null if it existed before the first record.
    pub exists_from: Option<Day>,
    /// The day after the last day on which the seat exists; null if no end is known.
    pub exists_until: Option<Day>,
    /// The terms of the seat: who has or had it, and when.
    #[diesel(deserialize_as = Listed<Term>)]
    #[schema(max_items = 200)]
    pub terms: Vec<Term>,
    /// The seat's keys in external systems.
    #[diesel(deserialize_as = Listed<ExternalId>)]
    #[schema(max_items = 20)]
    pub external_ids: Vec<ExternalId>,
}

impl Restricted for Seat {
    fn council(&self) -> Option<Uuid> {
        Some(self.council_id)
    }

    fn keys(&mut self) -> &mut Vec<ExternalId> {
        &mut self.external_ids
    }
}
versioned!(Seat, named if |seat| seat.terms.iter().any(|term| term.holder_name.is_some()));
page!(SeatPage of Seat);
sorts! {
    /// The orders in which a list of seats can be sorted.
    SeatSort of Seat in seats:
    Created = "created_at" by created_at: Instant, ascending;
    CreatedDescending = "-created_at" by created_at: Instant, descending;
    Role = "role" by role: String, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table seats;
    /// Fields of a new seat.
    #[validate(schema(function = "exists_in_order", skip_on_field_errors = false))]
    #[schema(example = json!({
        "group_id": "0198c5b0-0000-7000-8000-000000000001", "council_id": "0198c5b0-0000-7000-8000-000000000002",
        "role": "lead_member", "terms": [{ "holder_ref": "person-0417", "held_from": "2016-05-10" }]
    }))]
    new NewSeat;
    /// Fields of a seat to update.
    #[schema(example = json!({ "terms": [
        { "holder_ref": "person-0417", "held_from": "2016-05-10", "held_until": "2017-05-09" },
        { "holder_ref": "person-0532", "held_from": "2017-05-09" }
    ] }))]
    patch SeatPatch;
    fixed {
        /// Id of the group in which the seat is.
        group_id: Uuid,
        /// Id of the council that the seat belongs to.
        council_id: Uuid,
    }
    fixed_optional {}
    required {
        /// The role of the seat, such as `leader`, `chief_executive`, `lead_member`, `chair`,
        /// `member`, `officer` or `director`.
        role: Slug,
    }
    defaulted {
        /// The number that distinguishes several seats of one council with the same role in the
        /// group; 1 by default.
        #[schema(minimum = 1, maximum = 1000)]
        ordinal: i32,
    }
    optional {
        /// The first day on which the seat exists; null if it existed before the first record.
        exists_from: Day,
        /// The day after the last day on which the seat exists; null if no end is known.
        exists_until: Day,
    }
    children {
        /// The terms of the seat: who has or had it, and when.
        #[schema(max_items = 200)]
        #[validate(custom(function = "terms_are_sound"))]
        terms: Vec<Term>,
        /// The seat's keys in external systems, at most one for each system.
        #[schema(max_items = 20)]
        #[validate(custom(function = "are_one_per_system"))]
        external_ids: Vec<ExternalId>,
    }
}

fn exists_in_order(new: &NewSeat) -> Result<(), ValidationError> {
    ranges::in_order((new.exists_from, new.exists_until), "/exists_until")
}

fn terms_are_sound(terms: &[Term]) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let ranges: Vec<_> = terms.iter().map(|term| (Some(term.held_from), term.held_until)).collect();
    ranges::check_order(&mut errors, &ranges, "held_until");
    ranges::check_overlaps(&mut errors, &ranges, "held_from");
    errors.into_result()
}

/// Filters and sort order of a list of seats.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeatFilter {
    /// Returns only seats in this group.
    pub group_id: Option<Uuid>,
    /// Returns only seats that belong to this council.
    pub council_id: Option<Uuid>,
    /// Returns only seats with this role.
    #[param(inline)]
    pub role: Option<Slug>,
    /// Returns only seats that this holder has or had.
    #[param(inline)]
    pub holder_ref: Option<ShortText>,
    /// Returns only seats that have a holder on this date.
    #[param(inline)]
    pub held_on: Option<Day>,
    /// Returns only the seat with this key in an external system.
    #[param(inline)]
    pub external_id: Option<ShortText>,
    /// The external system in which `external_id` is a key; any external system by default.
    #[param(inline)]
    pub external_system: Option<Code>,
    /// The order of the returned list; `created_at` by default.
    #[param(inline)]
    pub sort: Option<SeatSort>,
}
