//! Bounded text.

use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{Output, ToSql};
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

macro_rules! text {
    ($(#[doc = $doc:literal])+ $name:ident, $length:expr, $pattern:literal, $example:literal $(, $format:expr)?) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[derive(AsExpression, FromSqlRow)]
        #[diesel(sql_type = Text)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            const LENGTH: std::ops::RangeInclusive<usize> = $length;

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let schema = ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some(concat!($($doc, "\n"),+).trim()))
                    .min_length(Some(*Self::LENGTH.start()))
                    .max_length(Some(*Self::LENGTH.end()))
                    .pattern(Some($pattern))
                    .examples([$example]);
                $(let schema = schema.format(Some(SchemaFormat::Custom($format.to_owned())));)?
                schema.into()
            }
        }

        impl ToSchema for $name {}

        impl FromSql<Text, Pg> for $name {
            fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
                <String as FromSql<Text, Pg>>::from_sql(value).map(Self)
            }
        }

        impl ToSql<Text, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> diesel::serialize::Result {
                <str as ToSql<Text, Pg>>::to_sql(&self.0, out)
            }
        }
    };
}

text! {
    /// A short line of text: a name, a reference, a key of another system.
    Line, 1..=200, r"^[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$", "Lead Members' Network"
}
text! {
    /// A one-line title.
    Title, 1..=500, r"^[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$", "Two Assembly meetings with speakers"
}
impl Line {
    /// Whether a text that comes from elsewhere than a checked body is within the bounds of a line.
    pub fn is_sound(text: &str) -> bool {
        let begins = text.chars().next().is_some_and(|first| first > ' ');
        begins
            && Self::LENGTH.contains(&text.chars().count())
            && !text.contains(|c: char| c < ' ' || c == '\x7f')
    }
}

text! {
    /// A note of several lines.
    Prose, 1..=4000, r"^[^\x00]+$", "Agreed at the January meeting."
}
text! {
    /// A stable key chosen by people: letters, digits and `. _ + -`.
    Code, 1..=64, r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", "2017-18"
}
text! {
    /// A word of a vocabulary that may grow: lower case, digits and `_`.
    Slug, 1..=64, r"^[a-z][a-z0-9_]*$", "lead_member"
}
text! {
    /// A nine-character code of the Office for National Statistics (GSS).
    GssCode, 9..=9, r"^[EWSNKJLM][0-9]{8}$", "E10000020"
}
text! {
    /// An e-mail address.
    Email, 3..=254, r"^[^@\x00-\x20\x7f]+@[^@\x00-\x20\x7f]+$", "olive@example.org"
}
text! {
    /// A web address.
    Url, 8..=2000, r"^https?://[^\x00-\x20\x7f]+$", "https://example.org/minutes/2017-07-05", "uri"
}
text! {
    /// Who issues access tokens, exactly as the claim `iss` of a token has it.
    Issuer, 8..=200, r"^https?://[^\x00-\x20\x7f{}]+$",
    "https://login.microsoftonline.com/0198c5b0-0000-7000-8000-000000000000/v2.0", "uri"
}
