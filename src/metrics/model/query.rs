//! What is asked for: at which date.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::values::{Day, Fault, Instant};
use crate::web::Problem;

/// At which date.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AsAt {
    /// The date to read at, by when things happened; today if not said, and never past the plan year's last day.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Read what was known at this instant, and not what has been entered, corrected or deleted since; `as_at` is then that
    /// day if not said.
    #[param(inline)]
    pub known_at: Option<Instant>,
}

/// The date that is asked for, and the instant whose knowledge counts.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The date.
    pub as_at: Day,
    /// The instant; none if all that is known now counts.
    pub known_at: Option<Instant>,
}

impl Moment {
    /// What is asked for. Nobody knows yet what will be known.
    pub fn of(as_at: Option<Day>, known_at: Option<Instant>) -> Result<Self, Problem> {
        if known_at.is_some_and(Instant::is_ahead) {
            let detail = "Nobody knows yet what will be known then.";
            return Err(Problem::invalid(vec![Fault::parameter("known_at", "in_the_future", detail)]));
        }
        let as_at = as_at.or(known_at.map(Instant::day)).unwrap_or_else(Day::today);
        Ok(Self { as_at, known_at })
    }
}
