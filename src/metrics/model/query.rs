//! What is asked for: at which date, in which form.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::values::{Day, text_enum};

text_enum! {
    /// The form of the answer.
    pub enum MetricsFormat {
        /// JSON, with everything.
        Json = "json",
        /// CSV, one row a target.
        Csv = "csv",
    }
}

/// At which date.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AsAt {
    /// The date to read at, by when things happened; today if not said, and never past the plan year's last day.
    #[param(inline)]
    pub as_at: Option<Day>,
}

/// At which date, and in which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MetricsQuery {
    /// The date to read at, by when things happened; today if not said, and never past the plan year's last day.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// The form of the answer; JSON if not said.
    #[param(inline)]
    pub format: Option<MetricsFormat>,
}
