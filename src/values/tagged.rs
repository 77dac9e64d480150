//! Enums of structs that are published as `oneOf` schemas with a discriminator.

use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};

/// Declares an enum of structs. In JSON, the member `kind` says which struct it is. Each variant
/// has its own schema, which allows one value of `kind`. The discriminator of the enum's schema
/// lists the variants.
macro_rules! tagged {
    (
        $(#[doc = $doc:literal])+
        pub enum $union:ident { $( $(#[doc = $variant_doc:literal])+ $variant:ident($content:ty) = $word:literal as $schema:literal, )+ }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Jsonb)]
        #[serde(tag = "kind")]
        pub enum $union {
            $( $(#[doc = $variant_doc])+ #[serde(rename = $word)] $variant($content), )+
        }

        impl $union {
            /// Returns the value of the JSON member `kind` for this variant.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $word),+ }
            }
        }

        $crate::values::as_jsonb!($union);

        impl utoipa::PartialSchema for $union {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::values::tagged::union(concat!($($doc, "\n"),+).trim(), &[$(($word, $schema)),+])
            }
        }

        impl utoipa::ToSchema for $union {
            fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>) {
                $(
                    let content = <$content as utoipa::PartialSchema>::schema();
                    schemas.push(($schema.to_owned(), $crate::values::tagged::variant(content, $word)));
                    <$content as utoipa::ToSchema>::schemas(schemas);
                )+
            }
        }
    };
}
pub(crate) use tagged;

/// Returns the schema of the enum, with `oneOf` for the variants and a discriminator.
pub fn union(description: &str, variants: &[(&str, &str)]) -> RefOr<Schema> {
    let mut union = utoipa::openapi::OneOfBuilder::new().description(Some(description));
    for (_, schema) in variants {
        union = union.item(Ref::from_schema_name(*schema));
    }
    let mapping = variants.iter().map(|(word, schema)| (*word, format!("#/components/schemas/{schema}")));
    union.discriminator(Some(utoipa::openapi::Discriminator::with_mapping("kind", mapping))).into()
}

/// Returns the schema of a variant of the enum. It has the property `kind`, and then the properties
/// of the variant's struct.
pub fn variant(content: RefOr<Schema>, word: &str) -> RefOr<Schema> {
    let tag = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([word]));
    let mut tagged = ObjectBuilder::new().property("kind", tag).required("kind").build();
    if let RefOr::T(Schema::Object(content)) = content {
        tagged.description = content.description;
        tagged.additional_properties = content.additional_properties;
        tagged.required.extend(content.required);
        tagged.properties.extend(content.properties);
    }
    RefOr::T(Schema::Object(tagged))
}
