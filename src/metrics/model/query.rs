//! The date and the as-of instant of a request for figures.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::values::{Day, FieldError, Instant};
use crate::web::Problem;

/// The date of the figures, and the instant of an as-of query.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AsAt {
    /// The date of the figures; today by default. Figures count what happened on or before this
    /// date. A date after the plan period is replaced by the last day of the plan period.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Derives the figures from the records as they were stored at this instant. Later changes to
    /// the records are ignored. If `as_at` is absent, the day of this instant is used.
    #[param(inline)]
    pub known_at: Option<Instant>,
}

/// The date of the figures in a response, and the instant of an as-of query. Defaults are applied.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub as_at: Day,
    pub known_at: Option<Instant>,
}

impl Moment {
    /// Returns the moment of figures of today, from the current records.
    pub fn now() -> Self {
        Self { as_at: Day::today(), known_at: None }
    }

    /// Applies the defaults to a request's date and instant. Fails with the field error
    /// `in_the_future` if `known_at` is in the future.
    pub fn of(as_at: Option<Day>, known_at: Option<Instant>) -> Result<Self, Problem> {
        if known_at.is_some_and(Instant::is_ahead) {
            let detail = "`known_at` must not be in the future.";
            return Err(Problem::invalid(vec![FieldError::parameter("known_at", "in_the_future", detail)]));
        }
        let as_at = as_at.or(known_at.map(Instant::day)).unwrap_or_else(Day::today);
        Ok(Self { as_at, known_at })
    }
}
