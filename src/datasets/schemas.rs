//! The OpenAPI schemas for the name of a dataset and for its rows.

use serde::Serialize;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::definitions;

/// The name of a dataset, which is the last segment of its path.
pub struct DatasetName;

impl PartialSchema for DatasetName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(definitions::ALL.map(|dataset| dataset.name)))
            .into()
    }
}

impl ToSchema for DatasetName {}

/// A row of a dataset as a JSON object, with one member for each column.
#[derive(Debug, Serialize)]
pub struct DatasetRow;

impl PartialSchema for DatasetRow {
    fn schema() -> RefOr<Schema> {
        let kinds = [Type::String, Type::Number, Type::Boolean, Type::Null];
        let cell = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter(kinds))
            .description(Some("A value of the column's type, or null."))
            .max_length(Some(4000))
            .pattern(Some(r"^[^\x00]*$"))
            .minimum(Some(-1e15))
            .maximum(Some(1e15));
        let example =
            serde_json::json!({ "id": "0198c5b0-0000-7000-8000-000000000000", "occurred_on": "2017-07-05" });
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "A row, as an object with the columns as members. The catalogue describes the columns.",
            ))
            .additional_properties(Some(RefOr::T(Schema::Object(cell.build()))))
            .extensions(Some([("maxProperties", 100)].into_iter().collect()))
            .examples([example])
            .into()
    }
}

impl ToSchema for DatasetRow {}
