//! Exact decimals: numbers with at most two decimal places, and figures with at most four.

use std::ops::RangeInclusive;

use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{Output, ToSql};
use diesel::sql_types::Numeric;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

/// An exact decimal with at most two decimal places, such as a threshold or a percentage.
///
/// JSON bodies contain a number. The number is parsed from its shortest decimal form, so 66.67
/// stays 66.67.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Numeric)]
pub struct Number(pub Decimal);

/// An exact decimal with at most four decimal places, such as a reading or the value of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Numeric)]
pub struct Figure(pub Decimal);

impl Figure {
    /// The largest absolute value of a figure that a request may contain. Up to this value,
    /// floating point numbers, which JSON parsers use, tell all figures apart.
    pub const LIMIT: i64 = 100_000_000_000;

    pub const PLACES: usize = 4;
}

impl Number {
    /// The largest absolute value of a number that a request may contain.
    pub const LIMIT: i64 = 1_000_000_000_000;

    pub const PLACES: usize = 2;

    /// The JSON Schema keyword for the maximum number of decimal places. The standard keyword
    /// `multipleOf` fails in clients that divide in floating point.
    pub const PLACES_KEYWORD: &str = "x-decimal-places";
}

/// Returns the number of decimal places in the shortest decimal form of a number.
pub fn places(value: f64) -> usize {
    value.to_string().split_once('.').map_or(0, |(_, places)| places.len())
}

/// Parses a whole number as JSON writes it, without a plus sign and without leading zeros. A number
/// outside the range of `i64` becomes `i64::MAX`. The schema then refuses this number, with an
/// error that states the allowed range.
pub fn parse_whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = digits == "0" || digits.starts_with(|first: char| ('1'..='9').contains(&first));
    let number: i128 = text.parse().ok().filter(|_| is_plain)?;
    Some(i64::try_from(number).unwrap_or(i64::MAX))
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(value.into())
    }
}

impl From<i64> for Figure {
    fn from(value: i64) -> Self {
        Self(value.into())
    }
}

impl From<Number> for Figure {
    fn from(number: Number) -> Self {
        Self(number.0)
    }
}

/// Implements the JSON and database forms of an exact decimal. Its `PLACES` is the largest number of
/// decimal places that a request may contain.
macro_rules! exact_decimal {
    ($type:ident) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.normalize().fmt(f)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.0.to_i64() {
                    Some(whole) if self.0.is_integer() => serializer.serialize_i64(whole),
                    _ => serializer.serialize_f64(self.0.to_f64().unwrap_or_default()),
                }
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(DecimalVisitor { places: Self::PLACES }).map(Self)
            }
        }

        impl FromSql<Numeric, Pg> for $type {
            fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
                <Decimal as FromSql<Numeric, Pg>>::from_sql(value).map(Self)
            }
        }

        impl ToSql<Numeric, Pg> for $type {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> diesel::serialize::Result {
                <Decimal as ToSql<Numeric, Pg>>::to_sql(&self.0, out)
            }
        }

        impl ToSchema for $type {}
    };
}
exact_decimal!(Number);
exact_decimal!(Figure);

struct DecimalVisitor {
    /// The largest number of decimal places.
    places: usize,
}

impl Visitor<'_> for DecimalVisitor {
    type Value = Decimal;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a number with at most {} decimal places", self.places)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Decimal, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Decimal, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Decimal, E> {
        if places(value) > self.places {
            return Err(E::custom(format!("more than {} decimal places", self.places)));
        }
        value.to_string().parse().map_err(E::custom)
    }
}

fn decimal(
    meaning: &str,
    places: usize,
    bounds: RangeInclusive<i64>,
    example: serde_json::Value,
) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Number)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
        .description(Some(meaning))
        .minimum(Some(*bounds.start()))
        .maximum(Some(*bounds.end()))
        .extensions(Some([(Number::PLACES_KEYWORD, places)].into_iter().collect()))
        .examples([example])
        .into()
}

impl PartialSchema for Number {
    fn schema() -> RefOr<Schema> {
        let meaning = "An exact decimal with at most two decimal places.";
        decimal(meaning, Self::PLACES, -Self::LIMIT..=Self::LIMIT, 60.into())
    }
}

impl PartialSchema for Figure {
    fn schema() -> RefOr<Schema> {
        let meaning = "An exact decimal with at most four decimal places.";
        decimal(meaning, Self::PLACES, -Self::LIMIT..=Self::LIMIT, 8446.into())
    }
}

/// A derived percentage. It is between 0 and 100, unless the target's measure may exceed 100 % or
/// the percentage was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Percent(pub Figure);

impl std::fmt::Display for Percent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialSchema for Percent {
    fn schema() -> RefOr<Schema> {
        let meaning = "A percentage, rounded half up.";
        decimal(meaning, Figure::PLACES, -Figure::LIMIT..=Figure::LIMIT, 59.09.into())
    }
}

impl ToSchema for Percent {}
