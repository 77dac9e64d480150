//! Pages of a list, by keyset and not by offset, so that every page costs the same.

use chrono::Datelike;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::Error;
use crate::values::{Day, Instant};

/// The part of a list to read.
#[derive(Debug, Clone)]
pub struct PageRequest {
    /// The maximum number of rows.
    pub limit: i64,
    /// The row after which the page begins; `None` for the first page.
    pub after: Option<After>,
    /// Only rows changed at or after this instant.
    pub updated_since: Option<Instant>,
}

/// The last row of the previous page: its sort key and its id.
#[derive(Debug, Clone)]
pub struct After {
    /// The value of the sort column.
    pub key: Value,
    /// The row's id, which breaks ties.
    pub id: Uuid,
}

impl After {
    /// Returns the sort key in the column's type. A cursor can be forged, so the key must be within
    /// the column's bounds.
    pub fn key<K: SortKey>(&self) -> Result<K, Error> {
        let key: Option<K> = serde_json::from_value(self.key.clone()).ok();
        key.filter(SortKey::is_in_bounds).ok_or(Error::BadCursor)
    }
}

/// A type that lists can be sorted by.
pub trait SortKey: DeserializeOwned {
    /// Returns whether a column can contain it.
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

/// The years that a date may have, as in the domain `day`.
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

/// Declares how a list can be sorted. Each word has a column to sort by, and the row's value of
/// that column, from which the next page starts. The first word is the default.
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
            /// Returns the value of the sort column in a row.
            pub fn key(self, row: &$row) -> serde_json::Value {
                match self {
                    Self::$first => serde_json::json!(row.$first_column),
                    $( Self::$variant => serde_json::json!(row.$column), )*
                }
            }

            /// Returns the query in this order, after the row `page.after`, with one row more than
            /// the page has.
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

/// Orders a boxed query by a column and the id, and starts it after the last row of the
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
