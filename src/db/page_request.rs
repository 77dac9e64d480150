//! Keyset pagination. A page begins after the last row of the previous page, so all pages cost the
//! same.

use chrono::Datelike;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::Error;
use crate::values::{Day, Instant};

#[derive(Debug, Clone)]
pub struct PageRequest {
    pub limit: i64,
    pub after: Option<After>,
    pub updated_since: Option<Instant>,
}

#[derive(Debug, Clone)]
pub struct After {
    pub key: Value,
    /// The id of the row. Rows with equal sort keys are ordered by id.
    pub id: Uuid,
}

impl After {
    /// Returns the sort key, converted to the type of the column. Clients can forge cursors, so a
    /// key outside the column's bounds fails with [`Error::BadCursor`].
    pub fn key<K: SortKey>(&self) -> Result<K, Error> {
        let key: Option<K> = serde_json::from_value(self.key.clone()).ok();
        key.filter(SortKey::is_in_bounds).ok_or(Error::BadCursor)
    }
}

/// A column type by which a list can be sorted.
pub trait SortKey: DeserializeOwned {
    fn is_in_bounds(&self) -> bool;
}

impl SortKey for i32 {
    fn is_in_bounds(&self) -> bool {
        true
    }
}

impl SortKey for String {
    fn is_in_bounds(&self) -> bool {
        !self.contains('\0')
    }
}

/// The years that the database domain `day` allows.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;

impl SortKey for Day {
    fn is_in_bounds(&self) -> bool {
        YEARS.contains(&self.0.year())
    }
}

impl SortKey for Instant {
    fn is_in_bounds(&self) -> bool {
        YEARS.contains(&self.0.year())
    }
}

/// Declares the sort orders of a list. Each sort order has a word for the API and a column. The
/// cursor contains the column's value. The first word is the default.
macro_rules! sorts {
    (
        $(#[doc = $doc:literal])+
        $sort:ident of $row:ident in $table:ident:
        $first:ident = $first_word:literal by $first_column:ident: $first_key:ty, $first_order:ident;
        $( $variant:ident = $word:literal by $column:ident: $key:ty, $order:ident; )*
    ) => {
        $crate::values::text_enum! {
            $(#[doc = $doc])+
            pub enum $sort {
                #[doc = concat!("By ", stringify!($first_column), ", ", stringify!($first_order), ".")]
                $first = $first_word,
                $( #[doc = concat!("By ", stringify!($column), ", ", stringify!($order), ".")] $variant = $word, )*
            }
        }

        impl Default for $sort {
            fn default() -> Self {
                Self::$first
            }
        }

        impl $sort {
            pub fn key(self, row: &$row) -> serde_json::Value {
                match self {
                    Self::$first => serde_json::json!(row.$first_column),
                    $( Self::$variant => serde_json::json!(row.$column), )*
                }
            }

            /// Orders the query and starts it after the row `page.after`. Limits the query to one
            /// row more than the page can contain.
            pub fn page<'q>(
                self,
                query: $table::BoxedQuery<'q, diesel::pg::Pg>,
                page: &$crate::db::PageRequest,
            ) -> Result<$table::BoxedQuery<'q, diesel::pg::Pg>, $crate::db::Error> {
                let query = match self {
                    Self::$first => $crate::db::keyset!(query, page, $table.$first_column: $first_key, $first_order),
                    $( Self::$variant => $crate::db::keyset!(query, page, $table.$column: $key, $order), )*
                };
                Ok(diesel::QueryDsl::limit(query, page.limit + 1))
            }
        }
    };
}
pub(crate) use sorts;

/// Orders a boxed query by a column and the id, and starts the query after the last row of the
/// previous page.
macro_rules! keyset {
    ($query:expr, $page:expr, $table:ident . $column:ident: $key:ty, ascending) => {
        $crate::db::keyset!(@ $query, $page, $table, $column, $key, ge, gt, asc)
    };
    ($query:expr, $page:expr, $table:ident . $column:ident: $key:ty, descending) => {
        $crate::db::keyset!(@ $query, $page, $table, $column, $key, le, lt, desc)
    };
    (@ $query:expr, $page:expr, $table:ident, $column:ident, $key:ty, $from:ident, $beyond:ident, $order:ident) => {{
        use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl};
        let mut query = $query;
        if let Some(after) = &$page.after {
            let key = after.key::<$key>()?;
            query = query
                .filter($table::$column.$from(key.clone()))
                .filter($table::$column.$beyond(key).or($table::id.$beyond(after.id)));
        }
        query.order(($table::$column.$order(), $table::id.$order()))
    }};
}
pub(crate) use keyset;
