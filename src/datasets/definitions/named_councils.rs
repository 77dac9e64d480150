//! The table expression of councils that several datasets use.

/// Prepends the table expression `named`, the councils with their current GSS codes, to an SQL
/// statement.
macro_rules! with_named_councils {
    ($sql:literal) => {
        concat!(
            "WITH named AS MATERIALIZED (SELECT councils.*, ",
            include_str!("../../councils/sql/current_code.sql"),
            " AS gss_code FROM councils)\n",
            include_str!($sql)
        )
    };
}
pub(super) use with_named_councils;
