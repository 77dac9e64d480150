//! The plan period of a framework, its reporting periods, and the amount that is expected by a day
//! in the plan period.

use chrono::{Datelike, Days, Months, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rounding::half_up;
use crate::values::{Day, Number, jsonb, text_enum};

text_enum! {
    /// How often a reading of a target is due. The reporting periods are counted from the first day
    /// of the plan period, and the last one may be shorter. "Bi-annual" is `half_yearly`.
    /// "Bi-monthly" is ambiguous and has no value here. Use `every_two_months` (6 a year) or
    /// `twice_a_month` (24 a year).
    pub enum Frequency {
        /// A reading is due every 24 months.
        EveryTwoYears = "every_two_years",
        /// A reading is due every twelve months.
        Annual = "annual",
        /// A reading is due every six months.
        HalfYearly = "half_yearly",
        /// A reading is due every four months.
        ThreeAYear = "three_a_year",
        /// A reading is due every three months.
        Quarterly = "quarterly",
        /// A reading is due every two months.
        EveryTwoMonths = "every_two_months",
        /// A reading is due every month.
        Monthly = "monthly",
        /// Two readings are due every month: one for its first fifteen days, and one for the other
        /// days.
        TwiceAMonth = "twice_a_month",
        /// A reading is made whenever it is needed, without a schedule.
        OnDemand = "on_demand",
        /// The plan does not state how often.
        Unknown = "unknown",
    }
}

impl Frequency {
    /// Returns the length of a reporting period. Returns `None` if the frequency sets no schedule.
    pub const fn length(self) -> Option<PeriodLength> {
        match self {
            Self::EveryTwoYears => Some(PeriodLength::Months(24)),
            Self::Annual => Some(PeriodLength::Months(12)),
            Self::HalfYearly => Some(PeriodLength::Months(6)),
            Self::ThreeAYear => Some(PeriodLength::Months(4)),
            Self::Quarterly => Some(PeriodLength::Months(3)),
            Self::EveryTwoMonths => Some(PeriodLength::Months(2)),
            Self::Monthly => Some(PeriodLength::Months(1)),
            Self::TwiceAMonth => Some(PeriodLength::HalfMonth),
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
            LagUnit::Days => day.checked_add_days(Days::new(self.length.into())),
            LagUnit::Months => day.checked_add_months(Months::new(self.length)),
        };
        later.unwrap_or(NaiveDate::MAX)
    }
}

/// The length of a reporting period or of an interval of a series. A shorter length is less than a
/// longer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PeriodLength {
    /// The first fifteen days of a month, or its other days. The month begins on the day of the
    /// month on which the plan period begins.
    HalfMonth,
    Months(u32),
}

/// The number of days in the first half of a month. The shortest month has 28 days.
const FIRST_HALF_DAYS: u64 = 15;

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
    /// The interval between two metrics of a series, counted from the first day of the plan period.
    /// The last interval may be shorter.
    pub enum Interval {
        /// A metric for each month.
        Month = "month",
        /// A metric for each three months.
        Quarter = "quarter",
        /// A metric for each twelve months.
        Year = "year",
    }
}

impl Interval {
    pub const fn length(self) -> PeriodLength {
        match self {
            Self::Month => PeriodLength::Months(1),
            Self::Quarter => PeriodLength::Months(3),
            Self::Year => PeriodLength::Months(12),
        }
    }
}

/// The number of months of a plan period without a stated end.
pub const USUAL_MONTHS: u32 = 12;

/// The maximum number of months of a plan period.
pub const MAX_MONTHS: u32 = 60;

/// The days that a framework covers: 1 to [`MAX_MONTHS`] whole months from any day on. The plan
/// periods of two frameworks may overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanPeriod(pub Period);

impl PlanPeriod {
    /// Creates the plan period that begins on the day `from` and ends on the day before `until`.
    pub const fn new(from: NaiveDate, until: NaiveDate) -> Self {
        Self(Period { from, until })
    }

    /// Returns the plan period of `months` months from `from` on. Returns `None` if it does not end
    /// in the year 2100 or before.
    pub fn of_months(from: NaiveDate, months: u32) -> Option<Self> {
        Day(from).later(months).map(|until| Self::new(from, until.0))
    }

    /// Returns the number of whole months from the first day to `until`. Returns `None` if the days
    /// are not a plan period: a number of whole months from 1 to [`MAX_MONTHS`], which ends in the
    /// year 2100 or before.
    pub fn whole_months(&self) -> Option<u32> {
        let Period { from, until } = self.0;
        let months = u32::try_from(months_between(from, until)).ok()?;
        let is_whole = Self::of_months(from, months).is_some_and(|whole| whole == *self);
        Some(months).filter(|months| is_whole && (1..=MAX_MONTHS).contains(months))
    }

    /// Returns the length of the plan period in months.
    pub fn months(&self) -> u32 {
        u32::try_from(months_between(self.0.from, self.0.until)).unwrap_or(0)
    }

    pub fn days(&self) -> i64 {
        (self.0.until - self.0.from).num_days()
    }

    /// Returns how many days of the plan period have passed at the end of `day`.
    pub fn elapsed(&self, day: NaiveDate) -> i64 {
        ((day - self.0.from).num_days() + 1).clamp(0, self.days())
    }

    /// Splits the plan period into periods of a length. The last period may be shorter. Each period
    /// begins a number of months after the first day of the plan period, or on the last day of a
    /// shorter month.
    pub fn periods(&self, length: PeriodLength) -> Vec<Period> {
        let months = match length {
            PeriodLength::HalfMonth => 1,
            PeriodLength::Months(months) => months.max(1),
        };
        let mut starts = Vec::new();
        let step = usize::try_from(months).unwrap_or(usize::MAX);
        let firsts = (0..).step_by(step).map_while(|m| self.0.from.checked_add_months(Months::new(m)));
        for first in firsts.take_while(|first| *first < self.0.until) {
            starts.push(first);
            let second_half = first.checked_add_days(Days::new(FIRST_HALF_DAYS));
            starts.extend(second_half.filter(|_| length == PeriodLength::HalfMonth));
        }
        let ends = starts.iter().copied().skip(1).chain([self.0.until]);
        starts.iter().zip(ends).map(|(from, until)| Period { from: *from, until }).collect()
    }

    /// Returns the part of `target` that is expected by the end of `day` at an even pace, rounded
    /// to two decimals.
    pub fn expected(&self, target: Decimal, day: NaiveDate) -> Number {
        Number(half_up(target * Decimal::from(self.elapsed(day)) / Decimal::from(self.days().max(1))))
    }
}

/// Returns the number of months from the month of one day to the month of another. It is negative
/// if the second month is earlier.
fn months_between(earlier: NaiveDate, later: NaiveDate) -> i64 {
    let month = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month());
    month(later) - month(earlier)
}

/// Returns the reporting periods of the frequency that is the most frequent. The list is empty if
/// no frequency sets a schedule.
pub fn schedule(year: &PlanPeriod, frequencies: &[Frequency]) -> Vec<Period> {
    let shortest = frequencies.iter().filter_map(|frequency| frequency.length()).min();
    shortest.map_or_else(Vec::new, |length| year.periods(length))
}
