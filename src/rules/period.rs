//! The plan year, its reporting periods, and the amount that is expected by a day in the plan year.

use chrono::{Datelike, Months, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rounding::half_up;
use crate::values::{Day, Number, jsonb, text_enum};

text_enum! {
    /// How often a reading of a target is due. "Bi-annual" is `half_yearly`. "Bi-monthly" is
    /// ambiguous and has no value here. Use `every_two_months` (6 a year) or `twice_a_month` (24 a
    /// year).
    pub enum Frequency {
        /// A reading is due once a year.
        Annual = "annual",
        /// A reading is due twice a year.
        HalfYearly = "half_yearly",
        /// A reading is due four times a year.
        Quarterly = "quarterly",
        /// A reading is due six times a year.
        EveryTwoMonths = "every_two_months",
        /// A reading is due twelve times a year.
        Monthly = "monthly",
        /// A reading is due twenty-four times a year.
        TwiceAMonth = "twice_a_month",
        /// A reading is made whenever it is needed, without a schedule.
        OnDemand = "on_demand",
        /// The plan does not state how often.
        Unknown = "unknown",
    }
}

impl Frequency {
    /// Returns the number of readings that are due each year. Returns `None` if the frequency sets
    /// no schedule.
    pub const fn per_year(self) -> Option<u32> {
        match self {
            Self::Annual => Some(1),
            Self::HalfYearly => Some(2),
            Self::Quarterly => Some(4),
            Self::EveryTwoMonths => Some(6),
            Self::Monthly => Some(12),
            Self::TwiceAMonth => Some(24),
            Self::OnDemand | Self::Unknown => None,
        }
    }
}

text_enum! {
    /// The unit of a reading lag.
    pub enum LagUnit {
        /// Days.
        Days = "days",
        /// Months.
        Months = "months",
    }
}

jsonb! {
    /// How long after the end of its reporting period a reading is due, because the data arrive
    /// late.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    pub struct ReadingLag {
        /// The number of days or months.
        #[schema(minimum = 0, maximum = 1100, example = 12)]
        pub length: u32,
        /// Whether `length` is in days or in months.
        #[schema(example = "months")]
        pub unit: LagUnit,
    }
}

impl ReadingLag {
    /// The longest lag.
    pub const MAX_MONTHS: u32 = 36;

    /// Returns the day that is this long after `day`. In a shorter month it is the last day.
    pub fn after(self, day: NaiveDate) -> NaiveDate {
        let later = match self.unit {
            LagUnit::Days => day.checked_add_days(chrono::Days::new(self.length.into())),
            LagUnit::Months => day.checked_add_months(Months::new(self.length)),
        };
        later.unwrap_or(NaiveDate::MAX)
    }
}

/// A half-open range of days: the first day, and the day after the last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: NaiveDate,
    pub until: NaiveDate,
}

impl Period {
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.from <= day && day < self.until
    }

    pub fn last_day(&self) -> NaiveDate {
        self.until.pred_opt().unwrap_or(self.until)
    }

    /// Returns whether the period has ended by the end of `day`.
    pub fn is_expired(&self, day: NaiveDate) -> bool {
        self.last_day() <= day
    }
}

text_enum! {
    /// The interval between two metrics of a series.
    pub enum Interval {
        /// A metric for each month, twelve in the plan year.
        Month = "month",
        /// A metric for each quarter, four in the plan year.
        Quarter = "quarter",
        /// A metric for the whole plan year.
        Year = "year",
    }
}

impl Interval {
    pub const fn per_year(self) -> u32 {
        match self {
            Self::Month => 12,
            Self::Quarter => 4,
            Self::Year => 1,
        }
    }
}

/// A plan year, from 1 April to 31 March. Each framework covers one plan year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanYear(pub Period);

impl PlanYear {
    /// Creates the plan year that begins on the day `from` and ends on the day before `until`.
    pub const fn new(from: NaiveDate, until: NaiveDate) -> Self {
        Self(Period { from, until })
    }

    pub fn next(&self) -> Self {
        let until = self.0.until.checked_add_months(Months::new(12)).unwrap_or(self.0.until);
        Self::new(self.0.until, until)
    }

    /// Returns the same day of the next year, or the last day of a shorter month. Returns `None`
    /// after the year 2100.
    pub fn a_year_later(day: Day) -> Option<Day> {
        day.0.checked_add_months(Months::new(12)).map(Day).filter(|later| *later < Day::AFTER_LATEST)
    }

    pub fn days(&self) -> i64 {
        (self.0.until - self.0.from).num_days()
    }

    /// Returns how many days of the plan year have passed at the end of `day`.
    pub fn elapsed(&self, day: NaiveDate) -> i64 {
        ((day - self.0.from).num_days() + 1).clamp(0, self.days())
    }

    /// Splits the plan year into `per_year` periods of equal length in months. If `per_year` is 24,
    /// each month has two periods: until the 15th, and from the 16th.
    pub fn periods(&self, per_year: u32) -> Vec<Period> {
        let mut starts = vec![self.0.from];
        let months = (12 / per_year.clamp(1, 12)) as usize;
        let firsts =
            (0..12).step_by(months.max(1)).filter_map(|m| self.0.from.checked_add_months(Months::new(m)));
        for first in firsts {
            starts.push(first);
            starts.extend(first.with_day(16).filter(|_| per_year > 12));
        }
        starts.dedup();
        let ends = starts.iter().copied().skip(1).chain([self.0.until]);
        starts.iter().zip(ends).map(|(from, until)| Period { from: *from, until }).collect()
    }

    /// Returns the part of `target` that is expected by the end of `day` at an even pace, rounded
    /// to two decimals.
    pub fn expected(&self, target: Decimal, day: NaiveDate) -> Number {
        Number(half_up(target * Decimal::from(self.elapsed(day)) / Decimal::from(self.days().max(1))))
    }
}

/// Returns the reporting periods of the frequency that is the most frequent. The list is empty if
/// no frequency sets a schedule.
pub fn schedule(year: &PlanYear, frequencies: &[Frequency]) -> Vec<Period> {
    let most = frequencies.iter().filter_map(|frequency| frequency.per_year()).max();
    most.map_or_else(Vec::new, |per_year| year.periods(per_year))
}
