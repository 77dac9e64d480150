//! Fixed SQL text inside diesel: unlike `dsl::sql` it may be kept prepared, because the text never varies.

use std::marker::PhantomData;

use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping, is_aggregate,
};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;

/// An expression given as SQL text.
#[derive(Debug, Clone, Copy)]
pub struct Fixed<ST> {
    sql: &'static str,
    sql_type: PhantomData<ST>,
}

/// An expression of type `ST` whose text is known at compile time.
pub const fn fixed<ST>(sql: &'static str) -> Fixed<ST> {
    Fixed { sql, sql_type: PhantomData }
}

impl<ST: TypedExpressionType> Expression for Fixed<ST> {
    type SqlType = ST;
}
impl<QS, ST: TypedExpressionType> AppearsOnTable<QS> for Fixed<ST> {}
impl<QS, ST: TypedExpressionType> SelectableExpression<QS> for Fixed<ST> {}
impl<ST, GB> ValidGrouping<GB> for Fixed<ST> {
    type IsAggregate = is_aggregate::Never;
}
impl<ST: 'static> QueryId for Fixed<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<ST> QueryFragment<Pg> for Fixed<ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.sql);
        Ok(())
    }
}

diesel::define_sql_function! {
    /// The half-open range of days between two dates; null is unbounded.
    fn daterange(
        from: diesel::sql_types::Nullable<diesel::sql_types::Date>,
        until: diesel::sql_types::Nullable<diesel::sql_types::Date>,
    ) -> diesel::sql_types::Daterange;
}
