//! The JSON types of themes, and their mapping to the table `themes`.

use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::themes;
use crate::db::sorts;
use crate::values::{Code, Instant, ShortText, Title};
use crate::web::{editable, page, versioned};

/// A theme: the first level of a framework.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = themes)]
pub struct Theme {
    /// Id, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the row was created.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// Id of the framework.
    pub framework_id: Uuid,
    /// The key that stays the same in later frameworks. The code is unique in the framework.
    pub code: Code,
    /// The reference in the published document; null if the document has no reference.
    #[serde(rename = "ref")]
    #[diesel(column_name = ref_)]
    pub printed_ref: Option<ShortText>,
    /// The wording of the theme.
    pub title: Title,
    /// The position among the themes of the framework.
    #[schema(minimum = 0, maximum = 100_000)]
    pub position: i32,
}
versioned!(Theme);
page!(ThemePage of Theme);
sorts! {
    /// Sort orders of themes.
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
        /// Id of the framework.
        framework_id: Uuid,
    }
    fixed_optional {}
    required {
        /// The key that stays the same in later frameworks. The code must be unique in the
        /// framework.
        code: Code,
        /// The wording of the theme.
        title: Title,
        /// The position among the themes of the framework.
        #[schema(minimum = 0, maximum = 100_000)]
        position: i32,
    }
    defaulted {}
    optional {
        /// The reference in the published document; null if the document has no reference.
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
    /// Only themes of this framework.
    pub framework_id: Option<Uuid>,
    /// Only themes with this code. A code is unique within a framework.
    #[param(inline)]
    pub code: Option<Code>,
    /// The sort order; `position` by default.
    #[param(inline)]
    pub sort: Option<ThemeSort>,
}
