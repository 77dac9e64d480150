//! JSON merge patch (RFC 7396): an absent field keeps its value, null clears the field, and a value
//! sets the field.

use serde::{Deserialize, Deserializer};

/// Deserialises a field that is present, so that null becomes `Some(None)`. An absent field becomes
/// `None` by serde's default.
pub fn given<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// Declares the types that create and update a resource, from one list of fields.
///
/// - `fixed`: required to create, and never updated;
/// - `fixed_optional`: optional to create, and never updated;
/// - `required`: required to create, may be updated, and is never null;
/// - `defaulted`: never null; if absent on creation, the column has its database default;
/// - `optional`: may be absent or null; null clears the field;
/// - `children`: a list in a separate table. An absent list is empty on creation and unchanged on
///   update;
/// - `required_children`: a list in a separate table that is required to create.
macro_rules! editable {
    (
        table $table:ident;
        $(#[$new_meta:meta])* new $new:ident;
        $(#[$patch_meta:meta])* patch $patch:ident;
        fixed { $( $(#[$fixed_meta:meta])* $fixed:ident: $fixed_type:ty, )* }
        fixed_optional { $( $(#[$fixed_optional_meta:meta])* $fixed_optional:ident: $fixed_optional_type:ty, )* }
        required { $( $(#[$required_meta:meta])* $required:ident: $required_type:ty, )* }
        defaulted { $( $(#[$defaulted_meta:meta])* $defaulted:ident: $defaulted_type:ty, )* }
        optional { $( $(#[$optional_meta:meta])* $optional:ident: $optional_type:ty, )* }
        children { $( $(#[$child_meta:meta])* $child:ident: $child_type:ty, )* }
        $( required_children { $( $(#[$needed_meta:meta])* $needed:ident: $needed_type:ty, )* } )?
    ) => {
        #[derive(Debug, Clone, serde::Deserialize, utoipa::ToSchema, diesel::Insertable, validator::Validate)]
        #[diesel(table_name = $table)]
        #[serde(deny_unknown_fields)]
        $(#[$new_meta])*
        pub struct $new {
            $( $(#[$fixed_meta])* pub $fixed: $fixed_type, )*
            $( $( $(#[$needed_meta])* #[diesel(skip_insertion)] pub $needed: $needed_type, )* )?
            $( $(#[$fixed_optional_meta])* #[serde(default)] pub $fixed_optional: Option<$fixed_optional_type>, )*
            $( $(#[$required_meta])* pub $required: $required_type, )*
            $( $(#[$defaulted_meta])* #[serde(default)] #[schema(nullable = false)]
               pub $defaulted: Option<$defaulted_type>, )*
            $( $(#[$optional_meta])* #[serde(default)] pub $optional: Option<$optional_type>, )*
            $( $(#[$child_meta])* #[serde(default)] #[schema(nullable = false)] #[diesel(skip_insertion)]
               pub $child: Option<$child_type>, )*
        }

        #[derive(Debug, Clone, Default, serde::Deserialize, utoipa::ToSchema, diesel::AsChangeset, validator::Validate)]
        #[diesel(table_name = $table)]
        #[serde(deny_unknown_fields)]
        $(#[$patch_meta])*
        pub struct $patch {
            $( $(#[$required_meta])* #[serde(default)] #[schema(nullable = false)]
               pub $required: Option<$required_type>, )*
            $( $(#[$defaulted_meta])* #[serde(default)] #[schema(nullable = false)]
               pub $defaulted: Option<$defaulted_type>, )*
            $( $(#[$optional_meta])*
               #[serde(default, deserialize_with = "crate::web::patch::given")]
               #[schema(value_type = Option<$optional_type>)]
               pub $optional: Option<Option<$optional_type>>, )*
            $( $(#[$child_meta])* #[serde(default)] #[schema(nullable = false)] #[diesel(skip_update)]
               pub $child: Option<$child_type>, )*
            $( $( $(#[$needed_meta])* #[serde(default)] #[schema(nullable = false)] #[diesel(skip_update)]
               pub $needed: Option<$needed_type>, )* )?
        }
    };
}
pub(crate) use editable;
