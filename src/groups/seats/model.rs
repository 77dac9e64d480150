//! A seat on the wire and in its table.

use diesel::Queryable;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::seats;
use crate::db::{Restricted, children, sorts};
use crate::rules::ranges;
use crate::values::external_id::are_one_per_system;
use crate::values::{Code, Day, ExternalId, Findings, Instant, Line, Listed, Slug};
use crate::web::{editable, page, versioned};

/// Who holds a seat, half-open. On a day without a term the seat is vacant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// An opaque, stable reference to the holder; one person may hold several seats.
    #[schema(example = "person-0417")]
    pub holder_ref: Line,
    /// The holder's name: personal data, null for those who may not read it.
    #[serde(default)]
    pub holder_name: Option<Line>,
    /// The first day.
    pub held_from: Day,
    /// The day after the last; null while it lasts.
    #[serde(default)]
    pub held_until: Option<Day>,
}

children! {
    /// The terms of a seat, names included.
    TERMS, READ_TERMS: seat_terms of seats by seat_id, told apart by held_from,
    { holder_ref: "text", holder_name: "text", held_from: "date", held_until: "date" }
}
children! {
    /// The terms of a seat as those see them who may not read names.
    NAMELESS_TERMS, READ_NAMELESS_TERMS: seat_terms of seats by seat_id, told apart by held_from,
    { holder_ref: "text", held_from: "date", held_until: "date" }
}
children! {
    /// The keys other systems know a seat by.
    EXTERNAL_IDS, READ_EXTERNAL_IDS: seat_external_ids of seats by seat_id, told apart by system,
    { system: "text", external_id: "text" }
}

/// A place on a group: of a council, in a role.
#[derive(Debug, Clone, Serialize, Queryable, ToSchema)]
pub struct Seat {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change, of its terms too; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The group.
    pub group_id: Uuid,
    /// The council whose seat it is.
    pub council_id: Uuid,
    /// The role: leader, chief_executive, lead_member, chair, member, officer, director, ...
    pub role: Slug,
    /// Tells apart several seats of one council in one role.
    #[schema(minimum = 1, maximum = 1000)]
    pub ordinal: i32,
    /// The first day it exists; null for always.
    pub exists_from: Option<Day>,
    /// The day after the last; null while it exists.
    pub exists_until: Option<Day>,
    /// Who holds it when.
    #[diesel(deserialize_as = Listed<Term>)]
    #[schema(max_items = 200)]
    pub terms: Vec<Term>,
    /// The keys other systems know it by.
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
    /// How seats are sorted.
    SeatSort of Seat in seats:
    Created = "created_at" by created_at: Instant, ascending;
    CreatedDescending = "-created_at" by created_at: Instant, descending;
    Role = "role" by role: String, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table seats;
    /// What it takes to enter a seat.
    #[validate(schema(function = "exists_in_order", skip_on_field_errors = false))]
    #[schema(example = json!({
        "group_id": "0198c5b0-0000-7000-8000-000000000001", "council_id": "0198c5b0-0000-7000-8000-000000000002",
        "role": "lead_member", "terms": [{ "holder_ref": "person-0417", "held_from": "2016-05-10" }]
    }))]
    new NewSeat;
    /// What may change of a seat.
    #[schema(example = json!({ "terms": [
        { "holder_ref": "person-0417", "held_from": "2016-05-10", "held_until": "2017-05-09" },
        { "holder_ref": "person-0532", "held_from": "2017-05-09" }
    ] }))]
    patch SeatPatch;
    fixed {
        /// The group.
        group_id: Uuid,
        /// The council whose seat it is.
        council_id: Uuid,
    }
    fixed_optional {}
    required {
        /// The role: leader, chief_executive, lead_member, chair, member, officer, director, ...
        role: Slug,
    }
    defaulted {
        /// Tells apart several seats of one council in one role; 1 if not said.
        #[schema(minimum = 1, maximum = 1000)]
        ordinal: i32,
    }
    optional {
        /// The first day it exists; null for always.
        exists_from: Day,
        /// The day after the last; null while it exists.
        exists_until: Day,
    }
    children {
        /// Who holds it when.
        #[schema(max_items = 200)]
        #[validate(custom(function = "terms_are_sound"))]
        terms: Vec<Term>,
        /// The keys other systems know it by.
        #[schema(max_items = 20)]
        #[validate(custom(function = "are_one_per_system"))]
        external_ids: Vec<ExternalId>,
    }
}

fn exists_in_order(new: &NewSeat) -> Result<(), ValidationError> {
    ranges::in_order((new.exists_from, new.exists_until), "/exists_until")
}

fn terms_are_sound(terms: &[Term]) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    let ranges: Vec<_> = terms.iter().map(|term| (Some(term.held_from), term.held_until)).collect();
    ranges::check_order(&mut findings, &ranges, "held_until");
    ranges::check_overlaps(&mut findings, &ranges, "held_from");
    findings.into_result()
}

/// Which seats to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeatFilter {
    /// Seats on this group.
    pub group_id: Option<Uuid>,
    /// Seats of this council.
    pub council_id: Option<Uuid>,
    /// Seats in this role.
    #[param(inline)]
    pub role: Option<Slug>,
    /// Seats that this holder holds or held.
    #[param(inline)]
    pub holder_ref: Option<Line>,
    /// Seats that somebody holds on this date.
    #[param(inline)]
    pub held_on: Option<Day>,
    /// The seat another system knows by this key.
    #[param(inline)]
    pub external_id: Option<Line>,
    /// Which system's key it is; any if not said.
    #[param(inline)]
    pub external_system: Option<Code>,
    /// The order; the order of entry if not said.
    #[param(inline)]
    pub sort: Option<SeatSort>,
}
