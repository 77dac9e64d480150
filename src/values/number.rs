//! Exact decimals of at most two places.

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

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.normalize().fmt(f)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.to_i64() {
            Some(whole) if self.0.is_integer() => serializer.serialize_i64(whole),
            _ => serializer.serialize_f64(self.0.to_f64().unwrap_or_default()),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number with at most two decimal places")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
        Ok(Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
        Ok(Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
        if places(value) > Number::PLACES {
            return Err(E::custom("more than two decimal places"));
        }
        value.to_string().parse().map(Number).map_err(E::custom)
    }
}

fn decimal(meaning: &str, bounds: RangeInclusive<i64>, example: serde_json::Value) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Number)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
        .description(Some(meaning))
        .minimum(Some(*bounds.start()))
        .maximum(Some(*bounds.end()))
        .extensions(Some([(Number::PLACES_KEYWORD, Number::PLACES)].into_iter().collect()))
        .examples([example])
        .into()
}

impl PartialSchema for Number {
    fn schema() -> RefOr<Schema> {
        decimal("An exact decimal with at most two decimal places.", -Self::LIMIT..=Self::LIMIT, 60.into())
    }
}

impl ToSchema for Number {}

impl FromSql<Numeric, Pg> for Number {
    fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        <Decimal as FromSql<Numeric, Pg>>::from_sql(value).map(Self)
    }
}

impl ToSql<Numeric, Pg> for Number {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> diesel::serialize::Result {
        <Decimal as ToSql<Numeric, Pg>>::to_sql(&self.0, out)
    }
}

/// A derived percentage. It is between 0 and 100, because a numerator is never larger than its
/// denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Percent(pub Number);

impl std::fmt::Display for Percent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialSchema for Percent {
    fn schema() -> RefOr<Schema> {
        decimal("A percentage, rounded half up to two decimal places.", 0..=100, 59.09.into())
    }
}

impl ToSchema for Percent {}
