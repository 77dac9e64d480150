//! The JSON types of themes, and their mapping to the table `themes`.

use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::themes;
use crate::db::sorts;
use crate::values::{Code, Instant, ShortText, Title};
use crate::web::{editable, page, versioned};

/// A theme: a part of a framework, which contains outcomes.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = themes)]
pub struct Theme {
    /// Id of the resource, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotation marks, it is the value of the header `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the resource was created.
    pub created_at: Instant,
    /// When the resource last changed.
    pub updated_at: Instant,
    /// Id of the framework to which the theme belongs.
    pub framework_id: Uuid,
    /// The code, which is unique in the framework and stays the same in later frameworks.
    pub code: Code,
    /// The reference that the published plan prints for it; null if the plan prints no reference.
    #[serde(rename = "ref")]
    #[diesel(column_name = ref_)]
    pub printed_ref: Option<ShortText>,
    /// The text of the theme in the plan.
    pub title: Title,
    /// The position of the theme among the themes of its framework.
    #[schema(minimum = 0, maximum = 100_000)]
    pub position: i32,
}
versioned!(Theme);
page!(ThemePage of Theme);
sorts! {
    /// The orders in which a list of themes can be sorted.
    ThemeSort of Theme in themes:
    Position = "position" by position: i32, ascending;
    PositionDescending = "-position" by position: i32, descending;
    Code = "code" by code: String, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table themes;
    /// Fields of a new theme.
    #[schema(example = json!({
        "framework_id": "0198c5b0-0000-7000-8000-000000000005", "code": "1", "ref": "1.",
        "title": "Strategic engagement", "position": 1
    }))]
    new NewTheme;
    /// Fields of a theme to update.
    #[schema(example = json!({ "position": 2 }))]
    patch ThemePatch;
    fixed {
        /// Id of the framework to which the theme belongs.
        framework_id: Uuid,
    }
    fixed_optional {}
    required {
        /// The code, which must be unique in the framework. It stays the same in later frameworks.
        code: Code,
        /// The text of the theme in the plan.
        title: Title,
        /// The position of the theme among the themes of its framework.
        #[schema(minimum = 0, maximum = 100_000)]
        position: i32,
    }
    defaulted {}
    optional {
        /// The reference that the published plan prints for it; null if the plan prints no
        /// reference.
        #[serde(rename = "ref")]
        #[diesel(column_name = ref_)]
        printed_ref: ShortText,
    }
    children {}
}

/// Filters and sort order of a list of themes.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ThemeFilter {
    /// Returns only themes of this framework.
    pub framework_id: Option<Uuid>,
    /// Returns only themes with this code. A code is unique within a framework only.
    #[param(inline)]
    pub code: Option<Code>,
    /// The order of the returned list; `position` by default.
    #[param(inline)]
    pub sort: Option<ThemeSort>,
}
