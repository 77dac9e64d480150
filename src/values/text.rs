//! Types for texts. Each type has a length, a pattern and a normal form.

use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{Output, ToSql};
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use super::TextForm;

/// Declares a text type with a description, a length, a pattern, an example, and the form to which
/// texts in requests are normalised. A web address is not normalised, because another spelling is
/// another address.
macro_rules! text {
    ($(#[doc = $doc:literal])+ $name:ident, $length:expr, $pattern:literal, $example:literal, $form:expr) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[derive(AsExpression, FromSqlRow)]
        #[diesel(sql_type = Text)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            const LENGTH: std::ops::RangeInclusive<usize> = $length;

            pub const PATTERN: &str = $pattern;

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
                let form: Option<TextForm> = $form;
                match form {
                    Some(form) => {
                        let keyword = (TextForm::KEYWORD, form.as_str());
                        schema.extensions(Some([keyword].into_iter().collect())).into()
                    }
                    None => schema.format(Some(SchemaFormat::Custom("uri".to_owned()))).into(),
                }
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
    /// A short line of text, such as a name, a reference, or an id in an external system.
    ShortText, 1..=200, r"^[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$", "Lead Members' Network", Some(TextForm::Line)
}
text! {
    /// A one-line title.
    Title, 1..=500, r"^[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$", "Two Assembly meetings with speakers",
    Some(TextForm::Line)
}
impl ShortText {
    /// Normalises and checks a text that does not come from a validated request body. Returns
    /// `None` if the text is not a valid short line.
    pub fn parse(text: &str) -> Option<Self> {
        let text = TextForm::Line.normalise(text);
        (Self::is_valid(&text) && TextForm::Line.refusal(&text).is_none()).then_some(Self(text))
    }

    /// Returns whether a text has the length and the characters of a short line. The text need not
    /// be normalised, because it can be from an access token.
    pub fn is_valid(text: &str) -> bool {
        let begins = text.chars().next().is_some_and(|first| first > ' ');
        begins
            && Self::LENGTH.contains(&text.chars().count())
            && !text.contains(|c: char| c < ' ' || c == '\x7f')
    }
}

text! {
    /// A text that may have several lines, such as a note.
    Prose, 1..=4000, r"^[^\x00]+$", "Agreed at the January meeting.", Some(TextForm::Prose)
}
text! {
    /// A stable key chosen by people: letters, digits and `. _ + -`.
    Code, 1..=64, r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", "2017-18", Some(TextForm::Line)
}
text! {
    /// A word of a vocabulary that may grow: lower-case letters, digits and `_`.
    Slug, 1..=64, r"^[a-z][a-z0-9_]*$", "lead_member", Some(TextForm::Line)
}
text! {
    /// A nine-character code of the Office for National Statistics (GSS).
    GssCode, 9..=9, r"^[EWSNKJLM][0-9]{8}$", "E10000020", Some(TextForm::Line)
}
text! {
    /// An e-mail address.
    Email, 3..=254, r"^[^@\x00-\x20\x7f]+@[^@\x00-\x20\x7f]+$", "olive@example.org", Some(TextForm::Line)
}
text! {
    /// A web address.
    Url, 8..=2000, r"^https?://[^\x00-\x20\x7f]+$", "https://example.org/minutes/2017-07-05", None
}
text! {
    /// An issuer of access tokens, exactly as in the claim `iss` of its tokens.
    Issuer, 8..=200, r"^https?://[^\x00-\x20\x7f{}]+$",
    "https://login.microsoftonline.com/0198c5b0-0000-7000-8000-000000000000/v2.0", None
}
