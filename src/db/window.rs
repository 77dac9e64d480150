//! A page of a list: keyset, not offset, so that it costs the same wherever it lies.

use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::Error;
use crate::values::Instant;

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
    /// The sort key in the column's type.
    pub fn key<K: DeserializeOwned>(&self) -> Result<K, Error> {
        serde_json::from_value(self.key.clone()).map_err(|_| {
            let fault = crate::values::Fault::parameter("cursor", "bad_cursor", "This cursor is not one of ours.");
            Error::Invalid(vec![fault])
        })
    }
}

/// Orders a boxed query by a column and the id, and starts it behind the window's last row.
macro_rules! keyset {
    ($query:expr, $window:expr, $table:ident . $column:ident: $key:ty, ascending) => {
        keyset!(@ $query, $window, $table, $column, $key, ge, gt, asc)
    };
    ($query:expr, $window:expr, $table:ident . $column:ident: $key:ty, descending) => {
        keyset!(@ $query, $window, $table, $column, $key, le, lt, desc)
    };
    (@ $query:expr, $window:expr, $table:ident, $column:ident, $key:ty, $from:ident, $beyond:ident, $order:ident) => {{
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
