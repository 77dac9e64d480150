//! The JSON types of dataset keys, and their mapping to the table `dataset_keys`.

use diesel::sql_types::{Nullable, Text};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::accounts::secrets::Secret;
use crate::db::schema::dataset_keys;
use crate::db::sorts;
use crate::db::sql::{FixedSql, fixed};
use crate::values::{Day, Instant, ShortText};
use crate::web::{editable, page, versioned};

/// A key with which a program reads datasets, using HTTP Basic authentication. The key is valid for
/// no other operation.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = dataset_keys)]
pub struct DatasetKey {
    /// The id of the key. In Basic authentication, it is the user name.
    pub id: Uuid,
    /// Increases with every change, including the first use on a day. In quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the key was created.
    pub created_at: Instant,
    /// When the key last changed.
    pub updated_at: Instant,
    /// The purpose of the key, as a text for people.
    pub name: ShortText,
    /// When the key expires. The server refuses an expired key.
    pub expires_at: Instant,
    /// The day of the last use; null if the key has never been used.
    pub last_used_on: Option<Day>,
    /// The secret, which is the password in Basic authentication. Only the response that creates
    /// the key contains the secret. In all other responses it is null.
    #[diesel(select_expression = fixed::<Nullable<Text>>("NULL::text"), select_expression_type = FixedSql<Nullable<Text>>)]
    pub secret: Option<Secret>,
}
versioned!(DatasetKey);
page!(DatasetKeyPage of DatasetKey);
sorts! {
    /// Sort orders of dataset keys.
    DatasetKeySort of DatasetKey in dataset_keys:
    Name = "name" by name: String, ascending;
    NameDescending = "-name" by name: String, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table dataset_keys;
    /// Fields of a new dataset key.
    #[schema(example = json!({ "name": "Power BI, performance workspace", "expires_at": "2027-03-31T23:00:00.000000Z" }))]
    new NewDatasetKey;
    /// Fields of a dataset key to update.
    #[schema(example = json!({ "name": "Power BI, members' workspace" }))]
    patch DatasetKeyPatch;
    fixed {
        /// When the key expires, which is at most 366 days after its creation. The server refuses
        /// an expired key.
        expires_at: Instant,
    }
    fixed_optional {}
    required {
        /// The purpose of the key, as a text for people.
        name: ShortText,
    }
    defaulted {}
    optional {}
    children {}
}

/// The sort order of a list of dataset keys.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DatasetKeyFilter {
    /// The order of the keys. Default: `name`.
    #[param(inline)]
    pub sort: Option<DatasetKeySort>,
}
