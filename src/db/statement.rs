//! SQL statements with a text that never varies. PostgreSQL parses and plans such a statement once
//! for each connection. A statement of `diesel::sql_query` is prepared again for each execution.

use std::borrow::Cow;

use diesel::expression::{AsExpression, TypedExpressionType};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{Error, QueryResult};
use diesel::sql_types::{SqlType, Untyped};

/// An SQL statement with its parameters. Each text stays prepared, so a program must have few
/// texts. Comment lines at its beginning are not sent. A `$` must be followed by the number of a
/// parameter.
pub struct Statement<'a> {
    sql: Cow<'static, str>,
    parameters: Vec<Box<dyn QueryFragment<Pg> + Send + 'a>>,
}

impl<'a> Statement<'a> {
    pub fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        Self { sql: sql.into(), parameters: Vec::new() }
    }

    #[must_use]
    pub fn bind<ST, V>(mut self, value: V) -> Self
    where
        ST: SqlType + TypedExpressionType,
        V: AsExpression<ST>,
        V::Expression: QueryFragment<Pg> + Send + 'a,
    {
        self.parameters.push(Box::new(value.as_expression()));
        self
    }
}

impl Query for Statement<'_> {
    type SqlType = Untyped;
}

impl QueryId for Statement<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Statement<'_> {
    /// Writes the statement. Diesel numbers the parameters in the order in which they first occur.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let comment = self.sql.split_inclusive('\n').take_while(|line| line.starts_with("--"));
        let sql = &self.sql[comment.map(str::len).sum()..];
        let mut written: Vec<usize> = Vec::new();
        let mut pieces = sql.split('$');
        out.push_sql(pieces.next().unwrap_or_default());
        for piece in pieces {
            let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = piece.split_at(digits);
            let number: usize = number.parse().unwrap_or_default();
            if let Some(position) = written.iter().position(|written| *written == number) {
                out.push_sql(&format!("${}", position + 1));
            } else {
                let parameter = number.checked_sub(1).and_then(|index| self.parameters.get(index));
                let missing = || Error::QueryBuilderError(format!("no parameter ${number} in: {sql}").into());
                parameter.ok_or_else(missing)?.walk_ast(out.reborrow())?;
                written.push(number);
            }
            out.push_sql(rest);
        }
        Ok(())
    }
}
