//! SQL text in diesel queries. The text never varies. Unlike with `dsl::sql`, the query can
//! therefore be a cached prepared statement.

use std::marker::PhantomData;

use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping, is_aggregate,
};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use uuid::Uuid;

use crate::access::Scope;

#[derive(Debug, Clone, Copy)]
pub struct FixedSql<ST> {
    sql: &'static str,
    sql_type: PhantomData<ST>,
}

/// Creates an SQL expression of type `ST` whose text is known at compile time.
pub const fn fixed<ST>(sql: &'static str) -> FixedSql<ST> {
    FixedSql { sql, sql_type: PhantomData }
}

impl<ST> QueryFragment<Pg> for FixedSql<ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.sql);
        Ok(())
    }
}

/// An SQL expression for personal data. The value depends on whether the council of the row is
/// within the caller's scope.
#[derive(Debug, Clone)]
pub struct ScopedSql<ST> {
    council: &'static str,
    shown: &'static str,
    hidden: &'static str,
    scope: Scope,
    sql_type: PhantomData<ST>,
}

/// Creates an expression that returns `shown` if the column `council` is within `scope`, otherwise
/// `hidden`. The database evaluates the expression, so hidden data is never sent to the server.
pub fn guarded<ST>(
    scope: &Scope,
    council: &'static str,
    shown: &'static str,
    hidden: &'static str,
) -> ScopedSql<ST> {
    ScopedSql { council, shown, hidden, scope: scope.clone(), sql_type: PhantomData }
}

impl<ST> QueryFragment<Pg> for ScopedSql<ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match &self.scope {
            Scope::All => out.push_sql(self.shown),
            Scope::Of(councils) => {
                for text in ["CASE WHEN ", self.council, " = ANY("] {
                    out.push_sql(text);
                }
                out.push_bind_param::<Array<SqlUuid>, Vec<Uuid>>(councils)?;
                for text in [") THEN ", self.shown, " ELSE ", self.hidden, " END"] {
                    out.push_sql(text);
                }
            }
        }
        Ok(())
    }
}

/// Implements the diesel traits of an SQL expression that may occur in any SELECT.
macro_rules! anywhere {
    ($($expression:ident),+) => { $(
        impl<ST: TypedExpressionType> Expression for $expression<ST> {
            type SqlType = ST;
        }
        impl<QS, ST: TypedExpressionType> AppearsOnTable<QS> for $expression<ST> {}
        impl<QS, ST: TypedExpressionType> SelectableExpression<QS> for $expression<ST> {}
        impl<ST, GB> ValidGrouping<GB> for $expression<ST> {
            type IsAggregate = is_aggregate::Never;
        }
        impl<ST: 'static> QueryId for $expression<ST> {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
    )+ };
}
anywhere!(FixedSql, ScopedSql);

diesel::define_sql_function! {
    /// Returns the half-open range of days between two dates. Null is unbounded.
    fn daterange(
        from: diesel::sql_types::Nullable<diesel::sql_types::Date>,
        until: diesel::sql_types::Nullable<diesel::sql_types::Date>,
    ) -> diesel::sql_types::Daterange;
}
