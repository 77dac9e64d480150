//! A council on the wire and in its table.

use diesel::sql_types::{Jsonb, Nullable, Text};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::councils;
use crate::db::sql::{Fixed, fixed};
use crate::db::{Reference, children, sorts};
use crate::rules::ranges;
use crate::values::{CouncilKind, Day, Findings, GssCode, Instant, Line, Listed, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// How one council follows another.
    pub enum SuccessionKind {
        /// Several became one.
        Merged = "merged",
        /// One became several.
        Split = "split",
        /// The same council under a new name or code.
        Renamed = "renamed",
    }
}

/// A code the council goes by, for a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GssAlias {
    /// The code.
    pub gss_code: GssCode,
    /// From which day; null when not known.
    #[serde(default)]
    pub valid_from: Option<Day>,
    /// Until the day before this one; null while it is valid.
    #[serde(default)]
    pub valid_until: Option<Day>,
}

/// A time of membership of the association, half-open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The first day.
    pub member_from: Day,
    /// The day after the last; null while it lasts.
    #[serde(default)]
    #[schema(example = json!(null))]
    pub member_until: Option<Day>,
}

/// A council that this one took over from. History stays with the predecessor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Predecessor {
    /// The council before.
    pub predecessor_id: Uuid,
    /// How.
    pub kind: SuccessionKind,
    /// When.
    pub succeeded_on: Day,
}

/// A council that took over from this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Successor {
    /// The council after.
    pub successor_id: Uuid,
    /// How.
    pub kind: SuccessionKind,
    /// When.
    pub succeeded_on: Day,
}

children! {
    /// The codes of a council.
    GSS_CODES, READ_GSS_CODES: council_gss_codes of councils by council_id, told apart by gss_code,
    { gss_code: "text", valid_from: "date", valid_until: "date" }
}
children! {
    /// The memberships of a council.
    MEMBERSHIPS, READ_MEMBERSHIPS: council_memberships of councils by council_id, told apart by member_from,
    { member_from: "date", member_until: "date" }
}
children! {
    /// The councils that a council took over from.
    PREDECESSORS, READ_PREDECESSORS: council_successions of councils by successor_id, told apart by predecessor_id,
    { predecessor_id: "uuid", kind: "text", succeeded_on: "date" }
}
children! {
    /// The councils that took over from a council: read alone, they are written from the other side.
    SUCCESSORS, READ_SUCCESSORS: council_successions of councils by predecessor_id, told apart by successor_id,
    { successor_id: "uuid", kind: "text", succeeded_on: "date" }
}

/// The code a council goes by now, or went by last.
pub const CURRENT_CODE: &str = include_str!("sql/current_code.sql");

/// A local authority, known by our own id. Its GSS codes are dated aliases.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = councils)]
pub struct Council {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The name in use.
    #[schema(example = "Norfolk County Council")]
    pub name: Line,
    /// The tier.
    pub kind: CouncilKind,
    /// The county a district lies in.
    #[schema(example = json!(null))]
    pub county: Option<Line>,
    /// The first day it exists; null for "before anything we record".
    #[schema(example = json!(null))]
    pub exists_from: Option<Day>,
    /// The day after the last; null while it exists.
    #[schema(example = json!(null))]
    pub exists_until: Option<Day>,
    /// The GSS code it goes by now, or went by last.
    #[diesel(select_expression = fixed::<Nullable<Text>>(CURRENT_CODE), select_expression_type = Fixed<Nullable<Text>>)]
    pub gss_code: Option<GssCode>,
    /// Every GSS code it has gone by.
    #[diesel(deserialize_as = Listed<GssAlias>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_GSS_CODES), select_expression_type = Fixed<Jsonb>)]
    #[schema(max_items = 20)]
    pub gss_codes: Vec<GssAlias>,
    /// Membership of the association.
    #[diesel(deserialize_as = Listed<Membership>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_MEMBERSHIPS), select_expression_type = Fixed<Jsonb>)]
    #[schema(max_items = 50)]
    pub memberships: Vec<Membership>,
    /// The councils it took over from.
    #[diesel(deserialize_as = Listed<Predecessor>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_PREDECESSORS), select_expression_type = Fixed<Jsonb>)]
    #[schema(max_items = 50)]
    pub predecessors: Vec<Predecessor>,
    /// The councils that took over from it.
    #[diesel(deserialize_as = Listed<Successor>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_SUCCESSORS), select_expression_type = Fixed<Jsonb>)]
    #[schema(max_items = 50)]
    pub successors: Vec<Successor>,
}
versioned!(Council);
page!(CouncilPage of Council);
sorts! {
    /// How councils are sorted.
    CouncilSort of Council in councils:
    Name = "name" by name: String, ascending;
    NameDescending = "-name" by name: String, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table councils;
    /// What it takes to enter a council.
    #[validate(schema(function = "exists_in_order", skip_on_field_errors = false))]
    #[schema(example = json!({
        "name": "Norfolk County Council", "kind": "county", "gss_codes": [{ "gss_code": "E10000020" }],
        "memberships": [{ "member_from": "2015-04-01" }]
    }))]
    new NewCouncil;
    /// What may change of a council.
    patch CouncilPatch;
    fixed {}
    fixed_optional {}
    required {
        /// The name in use.
        #[schema(example = "Norfolk County Council")]
        name: Line,
        /// The tier.
        kind: CouncilKind,
    }
    defaulted {}
    optional {
        /// The county a district lies in.
        #[schema(example = json!(null))]
        county: Line,
        /// The first day it exists; null for "before anything we record".
        #[schema(example = json!(null))]
        exists_from: Day,
        /// The day after the last; null while it exists.
        #[schema(example = json!(null))]
        exists_until: Day,
    }
    children {
        /// Every GSS code it has gone by.
        #[schema(max_items = 20)]
        #[validate(custom(function = "codes_are_sound"))]
        gss_codes: Vec<GssAlias>,
        /// Membership of the association.
        #[schema(max_items = 50)]
        #[validate(custom(function = "memberships_are_sound"))]
        memberships: Vec<Membership>,
        /// The councils it took over from.
        #[schema(max_items = 50)]
        #[validate(custom(function = "predecessors_are_distinct"))]
        predecessors: Vec<Predecessor>,
    }
}

fn exists_in_order(new: &NewCouncil) -> Result<(), ValidationError> {
    ranges::in_order((new.exists_from, new.exists_until), "/exists_until")
}

fn codes_are_sound(codes: &[GssAlias]) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    let ranges: Vec<_> = codes.iter().map(|code| (code.valid_from, code.valid_until)).collect();
    ranges::check_order(&mut findings, &ranges, "valid_until");
    ranges::check_distinct(
        &mut findings,
        &codes.iter().map(|code| &code.gss_code).collect::<Vec<_>>(),
        "/gss_code",
    );
    findings.into_result()
}

fn memberships_are_sound(memberships: &[Membership]) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    let ranges: Vec<_> = memberships.iter().map(|m| (Some(m.member_from), m.member_until)).collect();
    ranges::check_order(&mut findings, &ranges, "member_until");
    ranges::check_overlaps(&mut findings, &ranges, "member_from");
    findings.into_result()
}

fn predecessors_are_distinct(predecessors: &[Predecessor]) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    let ids: Vec<_> = predecessors.iter().map(|predecessor| predecessor.predecessor_id).collect();
    ranges::check_distinct(&mut findings, &ids, "/predecessor_id");
    findings.into_result()
}

/// The rows that a list of predecessors names.
pub fn references(predecessors: Option<&Vec<Predecessor>>) -> Vec<Reference> {
    let ids = predecessors.into_iter().flatten().map(|predecessor| predecessor.predecessor_id).enumerate();
    ids.map(|(i, id)| Reference::new(format!("/predecessors/{i}/predecessor_id"), "councils", id)).collect()
}

/// Which councils to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CouncilFilter {
    /// The council that goes by this GSS code, or once did.
    #[param(inline)]
    pub gss_code: Option<GssCode>,
    /// Councils of this tier.
    #[param(inline)]
    pub kind: Option<CouncilKind>,
    /// Districts of this county.
    #[param(inline)]
    pub county: Option<Line>,
    /// Councils that exist on this date.
    #[param(inline)]
    pub exists_on: Option<Day>,
    /// Councils that are members on this date.
    #[param(inline)]
    pub member_on: Option<Day>,
    /// The order; names if not said.
    #[param(inline)]
    pub sort: Option<CouncilSort>,
}
