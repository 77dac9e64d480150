//! A theme on the wire and in its table.

use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::themes;
use crate::db::sorts;
use crate::values::{Code, Instant, Line, Title};
use crate::web::{editable, page, versioned};

/// A theme: a part of a framework.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = themes)]
pub struct Theme {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The framework.
    pub framework_id: Uuid,
    /// Its stable key, unique in the framework.
    pub code: Code,
    /// The printed reference; null where none is printed.
    #[serde(rename = "ref")]
    #[diesel(column_name = ref_)]
    pub printed_ref: Option<Line>,
    /// What it says.
    pub title: Title,
    /// Its place among its siblings.
    #[schema(minimum = 0, maximum = 100_000)]
    pub position: i32,
}
versioned!(Theme);
page!(ThemePage of Theme);
sorts! {
    /// How themes are sorted.
    ThemeSort of Theme in themes:
    Position = "position" by position: i32, ascending;
    PositionDescending = "-position" by position: i32, descending;
    Code = "code" by code: String, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table themes;
    /// What it takes to enter a theme.
    #[schema(example = json!({
        "framework_id": "0198c5b0-0000-7000-8000-000000000005", "code": "1", "ref": "1.",
        "title": "Strategic engagement", "position": 1
    }))]
    new NewTheme;
    /// What may change of a theme.
    #[schema(example = json!({ "position": 2 }))]
    patch ThemePatch;
    fixed {
        /// The framework.
        framework_id: Uuid,
    }
    fixed_optional {}
    required {
        /// Its stable key, unique in the framework.
        code: Code,
        /// What it says.
        title: Title,
        /// Its place among its siblings.
        #[schema(minimum = 0, maximum = 100_000)]
        position: i32,
    }
    defaulted {}
    optional {
        /// The printed reference; null where none is printed.
        #[serde(rename = "ref")]
        #[diesel(column_name = ref_)]
        printed_ref: Line,
    }
    children {}
}

/// Which themes to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ThemeFilter {
    /// Themes of this framework.
    pub framework_id: Option<Uuid>,
    /// The theme with this code; codes are unique in a framework.
    #[param(inline)]
    pub code: Option<Code>,
    /// The order; positions if not said.
    #[param(inline)]
    pub sort: Option<ThemeSort>,
}
