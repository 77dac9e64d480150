//! The plan year, its reporting periods, and the amount that is expected by a day within it.

use chrono::{Datelike, Months, NaiveDate};
use rust_decimal::Decimal;

use super::rounding::half_up;
use crate::values::{Day, Number, text_enum};

text_enum! {
    /// How often a target is to have a reading. "Bi-annual" is `half_yearly`. "Bi-monthly" is
    /// ambiguous and has no value here: use `every_two_months` (6 a year) or `twice_a_month` (24 a
    /// year).
    pub enum Frequency {
        /// Once a year.
        Annual = "annual",
        /// Twice a year.
        HalfYearly = "half_yearly",
        /// Four times a year.
        Quarterly = "quarterly",
        /// Six times a year.
        EveryTwoMonths = "every_two_months",
        /// Twelve times a year.
        Monthly = "monthly",
        /// Twenty-four times a year.
        TwiceAMonth = "twice_a_month",
        /// Whenever it is needed, without a schedule.
        OnDemand = "on_demand",
        /// Not stated.
        Unknown = "unknown",
    }
}

impl Frequency {
    /// Returns the number of readings that are due each year, or `None` if the frequency sets no
    /// schedule.
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

/// A half-open range of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: NaiveDate,
    /// The first day after the period.
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
    /// The intervals of a series: the plan year's months, its quarters, or the whole year.
    pub enum Interval {
        /// Twelve points a year.
        Month = "month",
        /// Four points a year.
        Quarter = "quarter",
        /// One point a year.
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
    /// Creates the plan year that begins on `from` and ends before `until`.
    pub const fn new(from: NaiveDate, until: NaiveDate) -> Self {
        Self(Period { from, until })
    }

    pub fn next(&self) -> Self {
        let until = self.0.until.checked_add_months(Months::new(12)).unwrap_or(self.0.until);
        Self::new(self.0.until, until)
    }

    /// Returns the same day a year later, or the month's last day if that month is shorter. Returns
    /// `None` after 2100.
    pub fn a_year_later(day: Day) -> Option<Day> {
        day.0.checked_add_months(Months::new(12)).map(Day).filter(|later| *later < Day::AFTER_LATEST)
    }

    pub fn days(&self) -> i64 {
        (self.0.until - self.0.from).num_days()
    }

    /// Returns how many days of the plan year have passed by the end of `day`.
    pub fn elapsed(&self, day: NaiveDate) -> i64 {
        ((day - self.0.from).num_days() + 1).clamp(0, self.days())
    }

    /// Splits the plan year into `per_year` periods of equal length in months. Twenty-four periods
    /// are two for each month: from the 1st to the 15th, and from the 16th to the month's end.
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

/// Returns the reporting periods for the most frequent of `frequencies`. The list is empty if no
/// frequency sets a schedule.
pub fn schedule(year: &PlanYear, frequencies: &[Frequency]) -> Vec<Period> {
    let most = frequencies.iter().filter_map(|frequency| frequency.per_year()).max();
    most.map_or_else(Vec::new, |per_year| year.periods(per_year))
}
