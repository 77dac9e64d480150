//! A report key on the wire and in its table.

use diesel::sql_types::{Nullable, Text};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::accounts::secrets::Secret;
use crate::db::schema::report_keys;
use crate::db::sorts;
use crate::db::sql::{Fixed, fixed};
use crate::values::{Day, Instant, Line};
use crate::web::{editable, page, versioned};

/// A key that reads reports, and nothing else, over Basic authentication.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = report_keys)]
pub struct ReportKey {
    /// Our id: the name in Basic authentication.
    pub id: Uuid,
    /// Goes up with every change, the first use of a day among them; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// What it is for.
    pub name: Line,
    /// From when on it is refused.
    pub expires_at: Instant,
    /// The day it was last used; null if it never was.
    pub last_used_on: Option<Day>,
    /// The secret, the password in Basic authentication: in the answer that makes the key and never again; null everywhere else.
    #[diesel(select_expression = fixed::<Nullable<Text>>("NULL::text"), select_expression_type = Fixed<Nullable<Text>>)]
    pub secret: Option<Secret>,
}
versioned!(ReportKey);
page!(ReportKeyPage of ReportKey);
sorts! {
    /// How report keys are sorted.
    ReportKeySort of ReportKey in report_keys:
    Name = "name" by name: String, ascending;
    NameDescending = "-name" by name: String, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table report_keys;
    /// What it takes to make a report key.
    #[schema(example = json!({ "name": "Power BI, performance workspace", "expires_at": "2027-03-31T23:00:00.000000Z" }))]
    new NewReportKey;
    /// What may change of a report key.
    #[schema(example = json!({ "name": "Power BI, members' workspace" }))]
    patch ReportKeyPatch;
    fixed {
        /// From when on it is refused: within a year (366 days).
        expires_at: Instant,
    }
    fixed_optional {}
    required {
        /// What it is for.
        name: Line,
    }
    defaulted {}
    optional {}
    children {}
}

/// Which report keys to list, and in which order. Revoked ones are not listed.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReportKeyFilter {
    /// The order; names if not said.
    #[param(inline)]
    pub sort: Option<ReportKeySort>,
}
