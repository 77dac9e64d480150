//! A page of a list: keyset, not offset, so that it costs the same wherever it lies.

use chrono::Datelike;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::Error;
use crate::values::{Day, Instant};

/// Which part of a list to read.
#[derive(Debug, Clone)]
pub struct Window {
    /// How many rows.
    pub limit: i64,
    /// Behind which row, or from the start.
    pub after: Option<After>,
    /// Only rows changed at or after this instant.
    pub updated_since: Option<Instant>,
}

/// The last row of the page before: its sort key and its id.
#[derive(Debug, Clone)]
pub struct After {
    /// The value of the sort column.
    pub key: Value,
    /// The row's id, which breaks ties.
    pub id: Uuid,
}

impl After {
    /// The sort key in the column's type. A cursor can be forged, so the key is held to the column's bounds.
    pub fn key<K: SortKey>(&self) -> Result<K, Error> {
        let key: Option<K> = serde_json::from_value(self.key.clone()).ok();
        key.filter(SortKey::is_in_bounds).ok_or(Error::BadCursor)
    }
}

/// A type that lists can be sorted by.
pub trait SortKey: DeserializeOwned {
    /// Whether a column can hold it.
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

/// The years a date may lie in, as the domain `day` has them.
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

/// Declares how a list can be sorted: each word with the column it sorts by, and the row's value of it, which is
/// where the next page starts. The first one holds where the caller does not say.
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
            /// The value of the sort column in a row.
            pub fn key(self, row: &$row) -> serde_json::Value {
                match self {
                    Self::$first => serde_json::json!(row.$first_column),
                    $( Self::$variant => serde_json::json!(row.$column), )*
                }
            }

            /// The query in this order, from behind the window's last row, with one row more than the page has.
            pub fn page<'q>(
                self,
                query: $table::BoxedQuery<'q, diesel::pg::Pg>,
                window: &$crate::db::Window,
            ) -> Result<$table::BoxedQuery<'q, diesel::pg::Pg>, $crate::db::Error> {
                let query = match self {
                    Self::$first => $crate::db::keyset!(query, window, $table.$first_column: $first_key, $first_order),
                    $( Self::$variant => $crate::db::keyset!(query, window, $table.$column: $key, $order), )*
                };
                Ok(diesel::QueryDsl::limit(query, window.limit + 1))
            }
        }
    };
}
pub(crate) use sorts;

/// Orders a boxed query by a column and the id, and starts it behind the window's last row.
macro_rules! keyset {
    ($query:expr, $window:expr, $table:ident . $column:ident: $key:ty, ascending) => {
        $crate::db::keyset!(@ $query, $window, $table, $column, $key, ge, gt, asc)
    };
    ($query:expr, $window:expr, $table:ident . $column:ident: $key:ty, descending) => {
        $crate::db::keyset!(@ $query, $window, $table, $column, $key, le, lt, desc)
    };
    (@ $query:expr, $window:expr, $table:ident, $column:ident, $key:ty, $from:ident, $beyond:ident, $order:ident) => {{
        use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl};
        let mut query = $query;
        if let Some(after) = &$window.after {
            let key = after.key::<$key>()?;
            query = query
                .filter($table::$column.$from(key.clone()))
                .filter($table::$column.$beyond(key).or($table::id.$beyond(after.id)));
        }
        query.order(($table::$column.$order(), $table::id.$order()))
    }};
}
pub(crate) use keyset;
