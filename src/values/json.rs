/// Declares a struct that diesel reads from and writes to a `jsonb` column with serde.
macro_rules! jsonb {
    ($(#[$meta:meta])* pub struct $name:ident { $($fields:tt)* }) => {
        $(#[$meta])*
        #[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Jsonb)]
        pub struct $name { $($fields)* }
        $crate::values::as_jsonb!($name);
    };
}
pub(crate) use jsonb;

/// Implements diesel's `FromSql` and `ToSql` for a serde type that is stored as `jsonb`.
macro_rules! as_jsonb {
    ($name:ty) => {
        impl diesel::deserialize::FromSql<diesel::sql_types::Jsonb, diesel::pg::Pg> for $name {
            fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                use diesel::{deserialize::FromSql, pg::Pg, sql_types::Jsonb};
                let value = <serde_json::Value as FromSql<Jsonb, Pg>>::from_sql(value)?;
                Ok(serde_json::from_value(value)?)
            }
        }

        impl diesel::serialize::ToSql<diesel::sql_types::Jsonb, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                use diesel::{pg::Pg, serialize::ToSql, sql_types::Jsonb};
                let value = serde_json::to_value(self)?;
                <serde_json::Value as ToSql<Jsonb, Pg>>::to_sql(&value, &mut out.reborrow())
            }
        }
    };
}
pub(crate) use as_jsonb;

/// The rows of a child table that belong to one parent row. The query that loads the parent row
/// returns them as one JSON array.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, diesel::deserialize::FromSqlRow)]
#[serde(transparent)]
pub struct Listed<T>(pub Vec<T>);

impl<T: serde::de::DeserializeOwned> diesel::deserialize::FromSql<diesel::sql_types::Jsonb, diesel::pg::Pg>
    for Listed<T>
{
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        use diesel::{deserialize::FromSql, pg::Pg, sql_types::Jsonb};
        let value = <serde_json::Value as FromSql<Jsonb, Pg>>::from_sql(value)?;
        Ok(Self(serde_json::from_value(value)?))
    }
}

impl<T> From<Listed<T>> for Vec<T> {
    fn from(listed: Listed<T>) -> Self {
        listed.0
    }
}
