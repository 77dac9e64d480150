//! A mapping on the wire and in its table.

use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::role_mappings;
use crate::db::sql::{Fixed, fixed};
use crate::db::{children, sorts};
use crate::policy::Role;
use crate::values::{Code, Instant, Issuer, Line, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// Which claim of a token is looked at.
    pub enum MappedClaim {
        /// The groups whose member the caller is; with Microsoft Entra ID their object ids.
        Groups = "groups",
        /// The app roles the caller was assigned.
        Roles = "roles",
    }
}

children! {
    /// The councils that whoever is let in speaks for.
    COUNCILS, READ_COUNCILS: role_mapping_councils of role_mappings by role_mapping_id, told apart by council_id,
    { council_id: "uuid" }
}

const COUNCIL_IDS: &str = "ARRAY(SELECT c.council_id FROM role_mapping_councils c WHERE c.role_mapping_id = role_mappings.id ORDER BY c.council_id)";

/// What a group or an app role of an outside identity provider may do here.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = role_mappings)]
pub struct RoleMapping {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Whom it lets in, for people.
    pub name: Line,
    /// Whose tokens it is for.
    pub issuer: Issuer,
    /// Which claim of theirs is looked at.
    pub claim: MappedClaim,
    /// What must be among the claim's values.
    pub value: Line,
    /// What its holders may do.
    pub role: Role,
    /// The councils they speak for; they count for the council role alone.
    #[diesel(select_expression = fixed::<Array<SqlUuid>>(COUNCIL_IDS), select_expression_type = Fixed<Array<SqlUuid>>)]
    #[schema(max_items = 100)]
    pub council_ids: Vec<Uuid>,
    /// The system whose external ids they write.
    pub system: Option<Code>,
}
versioned!(RoleMapping);
page!(RoleMappingPage of RoleMapping);
sorts! {
    /// How mappings are sorted.
    RoleMappingSort of RoleMapping in role_mappings:
    Name = "name" by name: String, ascending;
    NameDescending = "-name" by name: String, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table role_mappings;
    /// What it takes to enter a mapping.
    #[schema(example = json!({
        "name": "Norfolk's democratic services", "issuer": "https://login.microsoftonline.com/0198c5b0-0000-7000-8000-000000000000/v2.0",
        "claim": "roles", "value": "Register.Write", "role": "council", "council_ids": ["0198c5b0-0000-7000-8000-000000000000"]
    }))]
    new NewRoleMapping;
    /// What may change of a mapping.
    #[schema(example = json!({ "role": "reporter", "council_ids": [] }))]
    patch RoleMappingPatch;
    fixed {
        /// Whose tokens it is for.
        issuer: Issuer,
        /// Which claim of theirs is looked at.
        claim: MappedClaim,
        /// What must be among the claim's values.
        value: Line,
    }
    fixed_optional {}
    required {
        /// Whom it lets in, for people.
        name: Line,
        /// What its holders may do.
        role: Role,
    }
    defaulted {}
    optional {
        /// The system whose external ids they write.
        system: Code,
    }
    children {
        /// The councils they speak for; they count for the council role alone.
        #[schema(max_items = 100)]
        council_ids: Vec<Uuid>,
    }
}

/// Which mappings to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RoleMappingFilter {
    /// Mappings for this issuer's tokens.
    #[param(inline)]
    pub issuer: Option<Issuer>,
    /// Mappings to this role.
    #[param(inline)]
    pub role: Option<Role>,
    /// Mappings that speak for this council.
    pub council_id: Option<Uuid>,
    /// The order; names if not said.
    #[param(inline)]
    pub sort: Option<RoleMappingSort>,
}
