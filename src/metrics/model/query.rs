//! The date and instant that a request asks for.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::values::{Day, FieldError, Instant};
use crate::web::Problem;

/// The date of the figures.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AsAt {
    /// The date of the figures, by when things happened. Defaults to today. A date after the plan
    /// year counts as the year's last day.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Use only what was known at this instant, and nothing that was entered, corrected or deleted
    /// later. `as_at` then defaults to the day of this instant.
    #[param(inline)]
    pub known_at: Option<Instant>,
}

/// The date of a request for figures, and the instant of an as-of query.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The date.
    pub as_at: Day,
    /// The instant of an as-of query; `None` for current data.
    pub known_at: Option<Instant>,
}

impl Moment {
    /// Creates the moment of a request. Fails with the field error `in_the_future` if `known_at` is
    /// in the future.
    pub fn of(as_at: Option<Day>, known_at: Option<Instant>) -> Result<Self, Problem> {
        if known_at.is_some_and(Instant::is_ahead) {
            let detail = "`known_at` must not be in the future.";
            return Err(Problem::invalid(vec![FieldError::parameter("known_at", "in_the_future", detail)]));
        }
        let as_at = as_at.or(known_at.map(Instant::day)).unwrap_or_else(Day::today);
        Ok(Self { as_at, known_at })
    }
}
