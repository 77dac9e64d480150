//! JSON types of role mappings, and their mapping to tables.

use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::Role;
use crate::db::schema::role_mappings;
use crate::db::sql::{FixedSql, fixed};
use crate::db::{children, sorts};
use crate::values::{Code, Instant, Issuer, ShortText, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// The claim of a token that a role mapping compares.
    pub enum MappedClaim {
        /// The groups of which the caller is a member. Microsoft Entra ID sends their object ids.
        Groups = "groups",
        /// The app roles that are assigned to the caller.
        Roles = "roles",
    }
}

children! {
    /// The councils for which callers act because of a role mapping.
    COUNCILS, READ_COUNCILS: role_mapping_councils of role_mappings by role_mapping_id, keyed by council_id,
    { council_id: "uuid" }
}

const COUNCIL_IDS: &str = "ARRAY(SELECT c.council_id FROM role_mapping_councils c WHERE c.role_mapping_id = role_mappings.id ORDER BY c.council_id)";

/// A rule that gives a role to the members of a group or app role of an external identity provider.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = role_mappings)]
pub struct RoleMapping {
    /// Id, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the row was created.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// The name of the role mapping, for people.
    pub name: ShortText,
    /// The issuer of the tokens to which the role mapping applies.
    pub issuer: Issuer,
    /// The claim of the token that the role mapping compares.
    pub claim: MappedClaim,
    /// The value that the claim must contain for the role mapping to apply.
    pub value: ShortText,
    /// The role that the role mapping gives to the caller.
    pub role: Role,
    /// The councils for which callers act because of this role mapping. Only the role `council`
    /// uses them.
    #[diesel(select_expression = fixed::<Array<SqlUuid>>(COUNCIL_IDS), select_expression_type = FixedSql<Array<SqlUuid>>)]
    #[schema(max_items = 100)]
    pub council_ids: Vec<Uuid>,
    /// The external system whose ids callers may write because of this role mapping.
    pub system: Option<Code>,
}
versioned!(RoleMapping);
page!(RoleMappingPage of RoleMapping);
sorts! {
    /// Sort orders of role mappings.
    RoleMappingSort of RoleMapping in role_mappings:
    Name = "name" by name: String, ascending;
    NameDescending = "-name" by name: String, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table role_mappings;
    /// Fields of a new role mapping.
    #[schema(example = json!({
        "name": "Norfolk's democratic services", "issuer": "https://login.microsoftonline.com/0198c5b0-0000-7000-8000-000000000000/v2.0",
        "claim": "roles", "value": "Register.Write", "role": "council", "council_ids": ["0198c5b0-0000-7000-8000-000000000000"]
    }))]
    new NewRoleMapping;
    /// Fields of a role mapping to update.
    #[schema(example = json!({ "role": "reporter", "council_ids": [] }))]
    patch RoleMappingPatch;
    fixed {
        /// The issuer of the tokens to which the role mapping applies.
        issuer: Issuer,
        /// The claim of the token that the role mapping compares.
        claim: MappedClaim,
        /// The value that the claim must contain for the role mapping to apply.
        value: ShortText,
    }
    fixed_optional {}
    required {
        /// The name of the role mapping, for people.
        name: ShortText,
        /// The role that the role mapping gives to the caller.
        role: Role,
    }
    defaulted {}
    optional {
        /// The external system whose ids callers may write because of this role mapping.
        system: Code,
    }
    children {
        /// The councils for which callers act because of this role mapping. Only the role `council`
        /// uses them.
        #[schema(max_items = 100)]
        council_ids: Vec<Uuid>,
    }
}

/// Filters and sort order of a list of role mappings.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RoleMappingFilter {
    /// Only role mappings for tokens of this issuer.
    #[param(inline)]
    pub issuer: Option<Issuer>,
    /// Only role mappings that give this role.
    #[param(inline)]
    pub role: Option<Role>,
    /// Only role mappings that let callers act for this council.
    pub council_id: Option<Uuid>,
    /// The order of the role mappings. Default: `name`.
    #[param(inline)]
    pub sort: Option<RoleMappingSort>,
}
