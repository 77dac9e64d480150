//! The JSON types of councils, and their mapping to the tables `councils` and `council_*`.

use diesel::sql_types::{Jsonb, Nullable, Text};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::councils;
use crate::db::sql::{FixedSql, fixed};
use crate::db::{Reference, children, sorts};
use crate::rules::ranges;
use crate::values::{CouncilKind, Day, GssCode, Instant, Listed, RuleErrors, ShortText, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// How a council takes over from its predecessors.
    pub enum SuccessionKind {
        /// Several councils became one council.
        Merged = "merged",
        /// One council became several councils.
        Split = "split",
        /// One council was replaced by one council with another name or GSS code.
        Renamed = "renamed",
    }
}

/// A GSS code of a council, with the dates between which it is valid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GssAlias {
    /// The GSS code.
    pub gss_code: GssCode,
    /// The first day on which the code is valid; null if not known.
    #[serde(default)]
    pub valid_from: Option<Day>,
    /// The day after the last day on which the code is valid; null if no end is known.
    #[serde(default)]
    pub valid_until: Option<Day>,
}

/// A period in which a council is a member of the association, from `member_from` until the day
/// before `member_until`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The first day of the membership.
    pub member_from: Day,
    /// The day after the last day of the membership; null if no end is known.
    #[serde(default)]
    #[schema(example = json!(null))]
    pub member_until: Option<Day>,
}

/// A council from which this council took over. Records before that day still belong to the
/// predecessor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Predecessor {
    /// Id of the council from which this council took over.
    pub predecessor_id: Uuid,
    /// How this council took over from the predecessor.
    pub kind: SuccessionKind,
    /// The first day on which this council exists in place of the predecessor.
    pub succeeded_on: Day,
}

/// A council that took over from this council.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Successor {
    /// Id of the council that took over from this council.
    pub successor_id: Uuid,
    /// How the successor took over from this council.
    pub kind: SuccessionKind,
    /// The first day on which the successor exists in place of this council.
    pub succeeded_on: Day,
}

children! {
    /// The GSS codes of a council.
    GSS_CODES, READ_GSS_CODES: council_gss_codes of councils by council_id, keyed by gss_code,
    { gss_code: "text", valid_from: "date", valid_until: "date" }
}
children! {
    /// The memberships of a council.
    MEMBERSHIPS, READ_MEMBERSHIPS: council_memberships of councils by council_id, keyed by member_from,
    { member_from: "date", member_until: "date" }
}
children! {
    /// The councils from which a council took over.
    PREDECESSORS, READ_PREDECESSORS: council_successions of councils by successor_id, keyed by predecessor_id,
    { predecessor_id: "uuid", kind: "text", succeeded_on: "date" }
}
children! {
    /// The councils that took over from a council. Writes set `predecessors` of the successor
    /// instead.
    SUCCESSORS, READ_SUCCESSORS: council_successions of councils by predecessor_id, keyed by successor_id,
    { successor_id: "uuid", kind: "text", succeeded_on: "date" }
}

/// The SQL expression for the GSS code of a council that is valid now, or was valid last.
pub const CURRENT_CODE: &str =
    "(SELECT g.gss_code FROM current_gss_codes g WHERE g.council_id = councils.id)";

/// A local authority. The server assigns its id. Its GSS codes can change.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = councils)]
pub struct Council {
    /// Id of the resource, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotation marks, it is the value of the header `ETag`.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
    /// When the resource was created.
    pub created_at: Instant,
    /// When the resource last changed.
    pub updated_at: Instant,
    /// The current name of the council.
    #[schema(example = "Norfolk County Council")]
    pub name: ShortText,
    /// Whether the council is a county, a unitary council or a district.
    pub kind: CouncilKind,
    /// The county to which a district belongs; null for other councils.
    #[schema(example = json!(null))]
    pub county: Option<ShortText>,
    /// The first day on which the council exists; null if it existed before the first record.
    #[schema(example = json!(null))]
    pub exists_from: Option<Day>,
    /// The day after the last day on which the council exists; null if no end is known.
    #[schema(example = json!(null))]
    pub exists_until: Option<Day>,
    /// The GSS code that is valid now or, if none is valid, was valid last.
    #[diesel(select_expression = fixed::<Nullable<Text>>(CURRENT_CODE), select_expression_type = FixedSql<Nullable<Text>>)]
    pub gss_code: Option<GssCode>,
    /// All GSS codes that are or were valid for the council.
    #[diesel(deserialize_as = Listed<GssAlias>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_GSS_CODES), select_expression_type = FixedSql<Jsonb>)]
    #[schema(max_items = 20)]
    pub gss_codes: Vec<GssAlias>,
    /// The periods in which the council is or was a member of the association.
    #[diesel(deserialize_as = Listed<Membership>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_MEMBERSHIPS), select_expression_type = FixedSql<Jsonb>)]
    #[schema(max_items = 50)]
    pub memberships: Vec<Membership>,
    /// The councils from which this council took over.
    #[diesel(deserialize_as = Listed<Predecessor>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_PREDECESSORS), select_expression_type = FixedSql<Jsonb>)]
    #[schema(max_items = 50)]
    pub predecessors: Vec<Predecessor>,
    /// The councils that took over from this council.
    #[diesel(deserialize_as = Listed<Successor>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_SUCCESSORS), select_expression_type = FixedSql<Jsonb>)]
    #[schema(max_items = 50)]
    pub successors: Vec<Successor>,
}
versioned!(Council);
page!(CouncilPage of Council);
sorts! {
    /// The orders in which a list of councils can be sorted.
    CouncilSort of Council in councils:
    Name = "name" by name: String, ascending;
    NameDescending = "-name" by name: String, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table councils;
    /// Fields of a new council.
    #[validate(schema(function = "exists_in_order", skip_on_field_errors = false))]
    #[schema(example = json!({
        "name": "Norfolk County Council", "kind": "county", "gss_codes": [{ "gss_code": "E10000020" }],
        "memberships": [{ "member_from": "2015-04-01" }]
    }))]
    new NewCouncil;
    /// Fields of a council to update.
    patch CouncilPatch;
    fixed {}
    fixed_optional {}
    required {
        /// The current name of the council.
        #[schema(example = "Norfolk County Council")]
        name: ShortText,
        /// Whether the council is a county, a unitary council or a district.
        kind: CouncilKind,
    }
    defaulted {}
    optional {
        /// The county to which a district belongs.
        #[schema(example = json!(null))]
        county: ShortText,
        /// The first day on which the council exists; null if it existed before the first record.
        #[schema(example = json!(null))]
        exists_from: Day,
        /// The day after the last day on which the council exists; null if no end is known.
        #[schema(example = json!(null))]
        exists_until: Day,
    }
    children {
        /// All GSS codes that are or were valid for the council.
        #[schema(max_items = 20)]
        #[validate(custom(function = "codes_are_sound"))]
        gss_codes: Vec<GssAlias>,
        /// The periods in which the council is or was a member of the association.
        #[schema(max_items = 50)]
        #[validate(custom(function = "memberships_are_sound"))]
        memberships: Vec<Membership>,
        /// The councils from which this council took over.
        #[schema(max_items = 50)]
        #[validate(custom(function = "predecessors_are_distinct"))]
        predecessors: Vec<Predecessor>,
    }
}

fn exists_in_order(new: &NewCouncil) -> Result<(), ValidationError> {
    ranges::in_order((new.exists_from, new.exists_until), "/exists_until")
}

fn codes_are_sound(codes: &[GssAlias]) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let ranges: Vec<_> = codes.iter().map(|code| (code.valid_from, code.valid_until)).collect();
    ranges::check_order(&mut errors, &ranges, "valid_until");
    ranges::check_distinct(
        &mut errors,
        &codes.iter().map(|code| &code.gss_code).collect::<Vec<_>>(),
        "/gss_code",
    );
    errors.into_result()
}

fn memberships_are_sound(memberships: &[Membership]) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let ranges: Vec<_> = memberships.iter().map(|m| (Some(m.member_from), m.member_until)).collect();
    ranges::check_order(&mut errors, &ranges, "member_until");
    ranges::check_overlaps(&mut errors, &ranges, "member_from");
    errors.into_result()
}

fn predecessors_are_distinct(predecessors: &[Predecessor]) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let ids: Vec<_> = predecessors.iter().map(|predecessor| predecessor.predecessor_id).collect();
    ranges::check_distinct(&mut errors, &ids, "/predecessor_id");
    errors.into_result()
}

/// Returns the council ids in a list of predecessors, each with its JSON pointer.
pub fn references(predecessors: Option<&Vec<Predecessor>>) -> Vec<Reference> {
    let ids = predecessors.into_iter().flatten().map(|predecessor| predecessor.predecessor_id).enumerate();
    ids.map(|(i, id)| Reference::new(format!("/predecessors/{i}/predecessor_id"), "councils", id)).collect()
}

/// Filters and sort order of a list of councils.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CouncilFilter {
    /// Returns only the council that has or had this GSS code.
    #[param(inline)]
    pub gss_code: Option<GssCode>,
    /// Returns only counties, only unitary councils or only districts.
    #[param(inline)]
    pub kind: Option<CouncilKind>,
    /// Returns only districts of this county.
    #[param(inline)]
    pub county: Option<ShortText>,
    /// Returns only councils that exist on this date.
    #[param(inline)]
    pub exists_on: Option<Day>,
    /// Returns only councils that are members of the association on this date.
    #[param(inline)]
    pub member_on: Option<Day>,
    /// The order of the returned list; `name` by default.
    #[param(inline)]
    pub sort: Option<CouncilSort>,
}
