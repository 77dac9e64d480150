//! Local dates and UTC instants.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{Output, ToSql};
use diesel::sql_types::{Date, Timestamptz};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

/// A local date (Europe/London), from 1900 to 2100.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, AsExpression, FromSqlRow,
)]
#[diesel(sql_type = Date)]
#[serde(transparent)]
pub struct Day(pub NaiveDate);

impl Day {
    /// The first day that there is.
    pub const EARLIEST: Self = Self(NaiveDate::from_ymd_opt(1900, 1, 1).expect("a date"));

    /// The day behind the last one that there is.
    pub const BEHIND_LATEST: Self = Self(NaiveDate::from_ymd_opt(2101, 1, 1).expect("a date"));

    /// The form of a date on the wire, as a regular expression.
    pub const PATTERN: &'static str =
        r"^(19[0-9]{2}|20[0-9]{2}|2100)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

    /// Today in London, where the association's days begin and end.
    pub fn today() -> Self {
        Instant(Utc::now()).day()
    }

    /// When it begins in London.
    pub fn begins(self) -> Instant {
        let midnight = self.0.and_time(chrono::NaiveTime::MIN);
        let local = midnight.and_local_timezone(chrono_tz::Europe::London).earliest();
        Instant(local.map_or_else(|| midnight.and_utc(), |local| local.to_utc()))
    }

    /// The day before; the first day of time stays itself.
    pub fn before(self) -> Self {
        Self(self.0.pred_opt().unwrap_or(self.0))
    }
}

impl std::str::FromStr for Day {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialSchema for Day {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .description(Some("A local date (Europe/London), from 1900-01-01 to 2100-12-31."))
            .min_length(Some(10))
            .max_length(Some(10))
            .pattern(Some(Self::PATTERN))
            .examples(["2017-07-05"])
            .into()
    }
}

impl ToSchema for Day {}

impl FromSql<Date, Pg> for Day {
    fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        <NaiveDate as FromSql<Date, Pg>>::from_sql(value).map(Self)
    }
}

impl ToSql<Date, Pg> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> diesel::serialize::Result {
        <NaiveDate as ToSql<Date, Pg>>::to_sql(&self.0, out)
    }
}

/// An instant in UTC, with microseconds, written `2018-01-26T10:30:00.000000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Timestamptz)]
#[serde(transparent)]
pub struct Instant(pub DateTime<Utc>);

impl Instant {
    /// Whether it is still to come.
    pub fn is_ahead(self) -> bool {
        self.0 > Utc::now()
    }

    /// Its day in London.
    pub fn day(self) -> Day {
        Day(self.0.with_timezone(&chrono_tz::Europe::London).date_naive())
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl std::fmt::Display for Instant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("An instant in UTC (RFC 3339, always with `Z`)."))
            .min_length(Some(20))
            .max_length(Some(30))
            .pattern(Some(r"^(19[0-9]{2}|20[0-9]{2}|2100)-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?Z$"))
            .examples(["2018-01-26T10:30:00.000000Z"])
            .into()
    }
}

impl ToSchema for Instant {}

impl FromSql<Timestamptz, Pg> for Instant {
    fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        <DateTime<Utc> as FromSql<Timestamptz, Pg>>::from_sql(value).map(Self)
    }
}

impl ToSql<Timestamptz, Pg> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> diesel::serialize::Result {
        <DateTime<Utc> as ToSql<Timestamptz, Pg>>::to_sql(&self.0, out)
    }
}
