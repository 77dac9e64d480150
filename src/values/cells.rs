//! Columns and cells of flat tables. Datasets and files consist of them.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::{Day, Figure, Instant, Number, Percent, text_enum};

text_enum! {
    /// The type of a column's cells. Any cell may be empty.
    pub enum ColumnKind {
        /// Text.
        Text = "text",
        /// A whole number.
        Integer = "integer",
        /// An exact decimal with at most four decimal places.
        Decimal = "decimal",
        /// A percentage, with at most four decimal places. In a workbook it is a
        /// number in a percentage format.
        Percentage = "percentage",
        /// A date in the time zone of the association.
        Date = "date",
        /// An instant in UTC.
        Timestamp = "timestamp",
        /// True or false.
        Boolean = "boolean",
        /// An id.
        Uuid = "uuid",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: ColumnKind,
    pub meaning: &'static str,
}

/// Declares the columns of a table in their order. Each column has a name, a type and a meaning.
macro_rules! columns {
    ($( $name:literal $kind:ident $meaning:literal, )+) => {
        &[$( $crate::values::Column {
            name: $name,
            kind: $crate::values::ColumnKind::$kind,
            meaning: $meaning,
        } ),+]
    };
}
pub(crate) use columns;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Empty,
    Text(String),
    Integer(i64),
    Decimal(Decimal),
    Date(Day),
    Timestamp(Instant),
    Boolean(bool),
    Uuid(Uuid),
}

impl Cell {
    pub fn text(value: impl ToString) -> Self {
        Self::Text(value.to_string())
    }

    pub fn text_of<T: ToString>(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Self::text)
    }
}

macro_rules! cells_of {
    ($( $type:ty => $variant:ident ),+) => { $(
        impl From<$type> for Cell {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }
    )+ };
}
cells_of!(i64 => Integer, Decimal => Decimal, Day => Date, Instant => Timestamp, bool => Boolean, Uuid => Uuid);

impl From<Number> for Cell {
    fn from(number: Number) -> Self {
        Self::Decimal(number.0)
    }
}

impl From<Figure> for Cell {
    fn from(figure: Figure) -> Self {
        Self::Decimal(figure.0)
    }
}

impl From<Percent> for Cell {
    fn from(percent: Percent) -> Self {
        percent.0.into()
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.serialize_none(),
            Self::Text(text) => text.serialize(serializer),
            Self::Integer(number) => number.serialize(serializer),
            Self::Decimal(number) => Figure(*number).serialize(serializer),
            Self::Date(day) => day.serialize(serializer),
            Self::Timestamp(instant) => instant.serialize(serializer),
            Self::Boolean(flag) => flag.serialize(serializer),
            Self::Uuid(id) => id.serialize(serializer),
        }
    }
}
