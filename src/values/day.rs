//! Local dates and UTC instants.

use std::sync::OnceLock;

use chrono::{DateTime, Months, NaiveDate, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{Output, ToSql};
use diesel::sql_types::{Date, Timestamptz};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

/// The time zone in which days begin and end. Unset until the configuration is read.
static TIME_ZONE: OnceLock<Tz> = OnceLock::new();

/// Sets the time zone in which days begin and end, for the whole process. Later calls have no
/// effect.
pub fn set_time_zone(zone: Tz) {
    TIME_ZONE.get_or_init(|| zone);
}

/// Returns the time zone in which days begin and end: `OUTTURN_TIME_ZONE`, or Europe/London if the
/// configuration is not read.
pub fn time_zone() -> Tz {
    TIME_ZONE.get().copied().unwrap_or(Tz::Europe__London)
}

/// A local date in the time zone of the association, from 1900 to 2100.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, AsExpression, FromSqlRow,
)]
#[diesel(sql_type = Date)]
#[serde(transparent)]
pub struct Day(pub NaiveDate);

/// The regular expression for a date in the years 1900 to 2100. It does not end with `$`, so that
/// others can continue it.
macro_rules! date {
    () => {
        r"^(19[0-9]{2}|20[0-9]{2}|2100)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    };
}

/// The number of quarters of an hour in a day.
const QUARTERS_OF_A_DAY: i64 = 96;

impl Day {
    pub const EARLIEST: Self = Self(NaiveDate::from_ymd_opt(1900, 1, 1).expect("a date"));

    /// The first day after the last valid day, which is in 2100.
    pub const AFTER_LATEST: Self = Self(NaiveDate::from_ymd_opt(2101, 1, 1).expect("a date"));

    pub const PATTERN: &str = concat!(date!(), "$");

    /// Returns today's date in the time zone of the association.
    pub fn today() -> Self {
        Instant(Utc::now()).day()
    }

    /// Returns the instant at which the day begins.
    pub fn begins(self) -> Instant {
        self.begins_in(time_zone())
    }

    /// Returns the first instant of the day in a time zone. If the clocks skip midnight, the day
    /// begins at the first quarter of an hour that exists.
    fn begins_in(self, zone: Tz) -> Instant {
        let midnight = self.0.and_time(chrono::NaiveTime::MIN);
        let quarters = (0..=QUARTERS_OF_A_DAY).map(|n| midnight + TimeDelta::minutes(15 * n));
        let first = quarters.filter_map(|local| local.and_local_timezone(zone).earliest()).next();
        Instant(first.map_or_else(|| midnight.and_utc(), |local| local.to_utc()))
    }

    /// Returns the day that is `months` months later, or the last day of a shorter month. Returns
    /// `None` after the year 2100.
    pub fn later(self, months: u32) -> Option<Self> {
        self.0.checked_add_months(Months::new(months)).map(Self).filter(|later| *later < Self::AFTER_LATEST)
    }

    /// Returns the previous day. Returns `self` for the earliest date that [`NaiveDate`] can
    /// contain.
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
            .description(Some("A date in the time zone of the association, from 1900-01-01 to 2100-12-31."))
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
    /// The regular expression for an instant in a request, with any offset from UTC.
    pub const PATTERN: &str = concat!(
        date!(),
        r"[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,20})?",
        r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
    );

    /// The regular expression for an instant in a response, in UTC.
    pub const SENT_PATTERN: &str = concat!(date!(), r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z$");

    /// Parses an RFC 3339 instant. Returns it in the form of responses, which is UTC with
    /// microseconds.
    pub fn normalise(text: &str) -> Option<String> {
        parse(text).map(|instant| Self(instant).to_string())
    }

    /// Restores the plus sign in front of the offset from UTC in an instant. Decoding of the query
    /// string has turned it into a space.
    pub fn with_plus(text: &str) -> String {
        match split_offset(text) {
            Some((local, offset)) if offset.starts_with(' ') => format!("{local}+{}", &offset[1..]),
            _ => text.to_owned(),
        }
    }

    /// Returns the error text for a text that is not an instant in the years 1900 to 2100.
    pub fn refusal(text: &str) -> &'static str {
        if parse(text).is_some() {
            return "The instant must be in the years 1900 to 2100 (UTC), such as 2018-03-20T09:30:00Z.";
        }
        if parse(&format!("{text}Z")).is_some() {
            return "The instant has no offset from UTC. Send an instant such as 2018-03-20T09:30:00Z \
                    or 2018-03-20T09:30:00+00:00.";
        }
        "The text is not an instant. Send an instant such as 2018-03-20T09:30:00Z or 2018-03-20T09:30:00+00:00."
    }

    pub fn is_ahead(self) -> bool {
        self.0 > Utc::now()
    }

    /// Returns the day of the instant in the time zone of the association.
    pub fn day(self) -> Day {
        self.day_in(time_zone())
    }

    fn day_in(self, zone: Tz) -> Day {
        Day(self.0.with_timezone(&zone).date_naive())
    }
}

/// Parses an instant as RFC 3339 defines it. `chrono` alone would accept more, such as a space in
/// place of the `T`.
fn parse(text: &str) -> Option<DateTime<Utc>> {
    let is_local = text.as_bytes().get(10).is_some_and(|letter| letter.eq_ignore_ascii_case(&b'T'));
    let has_offset = text.ends_with(['Z', 'z'])
        || split_offset(text).is_some_and(|(_, offset)| offset.starts_with(['+', '-']));
    let is_plain = text.is_ascii() && !text.contains(' ');
    if !(is_local && has_offset && is_plain) {
        return None;
    }
    DateTime::parse_from_rfc3339(&text.to_ascii_uppercase()).ok().map(|instant| instant.to_utc())
}

/// Splits the text of an instant in front of the sign of its offset, such as `+01:00`.
fn split_offset(text: &str) -> Option<(&str, &str)> {
    let (local, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
    (offset.as_bytes().get(3) == Some(&b':')).then_some((local, offset))
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
            .description(Some(
                "An instant (RFC 3339) with any offset from UTC, in the years 1900 to 2100 in UTC. \
                 It is stored and sent in UTC.",
            ))
            .max_length(Some(46))
            .pattern(Some(Self::PATTERN))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_of_its_time_zone() {
        for (zone, day, begins) in [
            (Tz::Europe__London, "2026-07-01", "2026-06-30T23:00:00.000000Z"),
            (Tz::Europe__London, "2026-12-01", "2026-12-01T00:00:00.000000Z"),
            (Tz::Europe__Dublin, "2026-07-01", "2026-06-30T23:00:00.000000Z"),
            (Tz::Pacific__Auckland, "2026-12-01", "2026-11-30T11:00:00.000000Z"),
            (Tz::America__Chicago, "2026-12-01", "2026-12-01T06:00:00.000000Z"),
            // The clocks go from 24:00 to 01:00, so midnight does not exist.
            (Tz::America__Santiago, "2026-09-06", "2026-09-06T04:00:00.000000Z"),
        ] {
            let day: Day = day.parse().expect("a day");
            let first = day.begins_in(zone);
            assert_eq!(first.to_string(), begins, "{zone} {day}");
            assert_eq!(first.day_in(zone), day, "{zone}");
            assert_eq!(Instant(first.0 - TimeDelta::microseconds(1)).day_in(zone), day.before(), "{zone}");
        }
    }

    #[test]
    fn later_days_are_clamped_to_the_end_of_the_month() {
        let later =
            |day: &str, months| day.parse::<Day>().expect("a day").later(months).map(|day| day.to_string());
        assert_eq!(later("2023-01-31", 1).as_deref(), Some("2023-02-28"));
        assert_eq!(later("2024-01-31", 1).as_deref(), Some("2024-02-29"));
        assert_eq!(later("2024-01-31", 2).as_deref(), Some("2024-03-31"));
        assert_eq!(later("2100-01-01", 11).as_deref(), Some("2100-12-01"));
        assert_eq!(later("2100-01-01", 12), None);
    }

    #[test]
    fn an_instant_is_the_same_with_any_offset() {
        for written in [
            "2026-01-01T00:30:00Z",
            "2026-01-01t00:30:00z",
            "2026-01-01T00:30:00+00:00",
            "2026-01-01T00:30:00-00:00",
            "2026-01-01T01:30:00.000+01:00",
            "2025-12-31T19:00:00.00000000000-05:30",
        ] {
            let read = Instant::normalise(written);
            assert_eq!(read.as_deref(), Some("2026-01-01T00:30:00.000000Z"), "{written}");
        }
    }

    #[test]
    fn what_rfc_3339_does_not_read_is_none() {
        for written in [
            "2026-01-01 00:30:00Z",
            "2026-01-01T00:30:00",
            "2026-01-01T00:30:00+0000",
            "2026-01-01T00:30:00 +00:00",
            "2026-01-01T00:30:00\u{2212}01:00",
            "2026-01-01T00:30:00+24:00",
            "2026-01-01T00:30Z",
            "2026-02-29T00:30:00Z",
            "+12026-01-01T00:30:00Z",
            "2026-01-01",
            "",
        ] {
            assert_eq!(Instant::normalise(written), None, "{written}");
        }
    }

    #[test]
    fn a_space_is_a_plus_only_in_front_of_an_offset() {
        assert_eq!(Instant::with_plus("2026-01-01T00:30:00 01:00"), "2026-01-01T00:30:00+01:00");
        for other in ["2026-01-01 00:30:00Z", "2026-01-01T00:30:00 Z", "a b", "", "\u{e9}\u{e9}\u{e9}x:yy"] {
            assert_eq!(Instant::with_plus(other), other);
        }
    }
}
