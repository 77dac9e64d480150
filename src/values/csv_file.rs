//! Parses CSV files that other programs wrote. Quotes must follow RFC 4180, because broken quotes
//! make the rows ambiguous. In all other respects, the parser accepts what spreadsheets write.

use std::iter::Peekable;
use std::str::Chars;

use super::{number, text_enum};

text_enum! {
    /// What the server does with a CSV column that has an unknown name.
    pub enum UnknownColumns {
        /// The server refuses the file and names the column.
        Refuse = "refuse",
        /// The server ignores the cells of the column.
        Ignore = "ignore",
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvFile {
    pub header: Vec<String>,
    /// The rows below the header that have at least one non-empty cell.
    pub rows: Vec<CsvRow>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvRow {
    /// The row's index below the header, from 0. The index also counts empty rows.
    pub index: usize,
    /// The line number in the file at which the CSV row begins, from 1.
    pub line: u64,
    /// The cells of the CSV row, without white space at their start and end.
    pub cells: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvError {
    /// The line number in the file at which the error begins, from 1.
    pub line: u64,
    /// The code of the error: `bad_encoding` or `not_csv`.
    pub code: &'static str,
    /// The error text. It begins without a capital letter and ends without a full stop.
    pub detail: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnError<'f> {
    Unknown(&'f str),
    Repeated(&'f str),
}

const MARK: &[u8] = b"\xef\xbb\xbf";

const UNCLOSED: &str = "a cell that starts here has an opening quote and no closing quote";
const BEHIND_QUOTES: &str = "text follows the closing quote of a cell. Double each quote inside the cell";
const INNER_QUOTE: &str =
    "a cell without quotes around it contains a quote. Put the cell in quotes and double the quote inside it";

impl CsvFile {
    /// Parses a CSV file. If no row has a cell with a text, the header is empty.
    pub fn read(bytes: &[u8]) -> Result<Self, CsvError> {
        let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| not_text(&bytes[..error.valid_up_to()]))?;
        let mut records = Records { letters: text.chars().peekable(), line: 1 };
        let mut header = None;
        let mut rows = Vec::new();
        let mut index = 0;
        while let Some((line, cells)) = records.next_record()? {
            let is_empty = cells.iter().all(String::is_empty);
            if header.is_some() {
                if !is_empty {
                    rows.push(CsvRow { index, line, cells });
                }
                index += 1;
            } else if !is_empty {
                header = Some(cells.iter().map(|name| name.to_lowercase()).collect());
            }
        }
        Ok(Self { header: header.unwrap_or_default(), rows })
    }

    /// Returns an error for each CSV column that is repeated. Also returns an error for each
    /// unknown column if `unknown` is `Refuse`.
    pub fn check_columns(
        &self,
        is_known: impl Fn(&str) -> bool,
        unknown: UnknownColumns,
    ) -> Vec<ColumnError<'_>> {
        let mut errors = Vec::new();
        for (i, name) in self.header.iter().enumerate() {
            if !is_known(name) {
                errors.extend((unknown == UnknownColumns::Refuse).then_some(ColumnError::Unknown(name)));
            } else if self.header[..i].contains(name) {
                errors.push(ColumnError::Repeated(name));
            }
        }
        errors
    }

    /// Returns the name of each column with the row's cell in that column.
    ///
    /// # Errors
    /// Fails with an error text if the row has more or fewer cells than the header.
    pub fn cells<'f>(
        &'f self,
        row: &'f CsvRow,
    ) -> Result<impl Iterator<Item = (&'f str, &'f str)> + 'f, String> {
        if row.cells.len() == self.header.len() {
            Ok(self.header.iter().map(String::as_str).zip(row.cells.iter().map(String::as_str)))
        } else {
            Err(format!("The row has {} cells, but the header has {}.", row.cells.len(), self.header.len()))
        }
    }
}

fn not_text(before: &[u8]) -> CsvError {
    let line = before.iter().fold(1, |line, byte| line + u64::from(*byte == b'\n'));
    CsvError { line, code: "bad_encoding", detail: "the CSV text is not UTF-8" }
}

/// A parser of CSV rows. One row may have several lines of text.
struct Records<'t> {
    letters: Peekable<Chars<'t>>,
    line: u64,
}

impl Records<'_> {
    fn next_record(&mut self) -> Result<Option<(u64, Vec<String>)>, CsvError> {
        if self.letters.peek().is_none() {
            return Ok(None);
        }
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            let (cell, is_last) = self.next_cell()?;
            cells.push(cell.trim_matches([' ', '\t', '\r', '\n']).to_owned());
            if is_last {
                return Ok(Some((line, cells)));
            }
        }
    }

    /// Returns the next cell of a CSV row, and whether it is the last cell of the row.
    fn next_cell(&mut self) -> Result<(String, bool), CsvError> {
        let mut cell = String::new();
        let line = self.line;
        let is_quoted = self.letters.next_if_eq(&'"').is_some();
        if is_quoted {
            self.read_quoted(&mut cell)?;
        }
        loop {
            match self.next_letter() {
                Some(',') => return Ok((cell, false)),
                None | Some('\n') => return Ok((cell, true)),
                Some('\r') => {
                    if self.letters.peek() == Some(&'\n') {
                        self.next_letter();
                    }
                    return Ok((cell, true));
                }
                Some(_) if is_quoted => return Err(not_csv(line, BEHIND_QUOTES)),
                Some('"') => return Err(not_csv(line, INNER_QUOTE)),
                Some(letter) => cell.push(letter),
            }
        }
    }

    /// Reads a quoted CSV cell up to and including the closing quote. Two consecutive quotes in it
    /// become one quote.
    fn read_quoted(&mut self, cell: &mut String) -> Result<(), CsvError> {
        let line = self.line;
        loop {
            match self.next_letter() {
                None => return Err(not_csv(line, UNCLOSED)),
                Some('"') if self.letters.next_if_eq(&'"').is_none() => return Ok(()),
                Some(letter) => cell.push(letter),
            }
        }
    }

    fn next_letter(&mut self) -> Option<char> {
        let letter = self.letters.next()?;
        let ends_line = letter == '\n' || (letter == '\r' && self.letters.peek() != Some(&'\n'));
        self.line += u64::from(ends_line);
        Some(letter)
    }
}

fn not_csv(line: u64, detail: &'static str) -> CsvError {
    CsvError { line, code: "not_csv", detail }
}

/// Parses a CSV cell that contains `true` or `false`, in upper or lower case.
pub fn boolean(cell: &str) -> Option<bool> {
    [true, false].into_iter().find(|value| cell.eq_ignore_ascii_case(if *value { "true" } else { "false" }))
}

/// Parses a CSV cell as a whole number. Decimal places must be zeros, as in `40.00`.
pub fn integer(cell: &str) -> Option<i64> {
    match cell.split_once('.') {
        Some((whole, places)) if !places.is_empty() && places.bytes().all(|byte| byte == b'0') => {
            number::parse_whole(whole)
        }
        Some(_) => None,
        None => number::parse_whole(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        let file = CsvFile::read(format!("h\n{text}").as_bytes()).expect("a file");
        file.rows.into_iter().map(|row| row.cells).collect()
    }

    fn error_of(text: &str) -> (u64, &'static str) {
        let error = CsvFile::read(text.as_bytes()).expect_err("an error");
        (error.line, error.detail)
    }

    #[test]
    fn quotes_enclose_commas_line_breaks_and_doubled_quotes() {
        assert_eq!(cells("a,\"b, c\",\"d\r\n\re\"\r\n"), [["a", "b, c", "d\r\n\re"]]);
        assert_eq!(cells("\"say \"\"hi\"\"\",\"\"\"\",\"\",x"), [["say \"hi\"", "\"", "", "x"]]);
        assert_eq!(cells("a\rb\nc\r\nd"), [["a"], ["b"], ["c"], ["d"]]);
        assert_eq!(cells("a,\n,b"), [["a", ""], ["", "b"]]);
    }

    #[test]
    fn broken_quotes_are_errors_of_the_line_on_which_the_cell_begins() {
        assert_eq!(error_of("h\n\"a\nb\n"), (2, UNCLOSED));
        assert_eq!(error_of("h\na,\"b\n\"\"c"), (2, UNCLOSED));
        assert_eq!(error_of("\""), (1, UNCLOSED));
        assert_eq!(error_of("h\n\"a \"b\" c\"\n"), (2, BEHIND_QUOTES));
        assert_eq!(error_of("h\nx\n\"a\nb\" ,c\n"), (3, BEHIND_QUOTES));
        assert_eq!(error_of("h\na \"b\" c\n"), (2, INNER_QUOTE));
        assert_eq!(error_of("h\n\"a\r\nb\"\r\nc, \"d\"\r\n"), (4, INNER_QUOTE));
        assert_eq!(error_of("h\rx\r\"a"), (3, UNCLOSED));
    }

    #[test]
    fn rows_of_empty_cells_are_left_out_and_keep_their_places() {
        let file = CsvFile::read(
            "\u{feff}\r\n A , B\t\r\n\r\n 1 ,2\r\n, ,\r\n\"\n\",\r\n3,\" 4\n\"\r\n,\r\n".as_bytes(),
        );
        let file = file.expect("a file");
        let rows: Vec<_> = file.rows.iter().map(|row| (row.index, row.line, row.cells.join("|"))).collect();
        assert_eq!(file.header, ["a", "b"]);
        assert_eq!(rows, [(1, 4, "1|2".to_owned()), (4, 8, "3|4".to_owned())]);
        assert_eq!(CsvFile::read(b"\r\n").expect("a file"), CsvFile { header: Vec::new(), rows: Vec::new() });
    }

    #[test]
    fn text_in_another_encoding_is_an_error_of_its_line() {
        let error = CsvFile::read(b"h\na\n\xff").expect_err("an error");
        assert_eq!((error.line, error.code), (3, "bad_encoding"));
    }

    #[test]
    fn what_a_writer_of_csv_writes_is_read_as_it_was() {
        let cell = "[a\"',\n\r;é ]{0,4}x|";
        let row = proptest::collection::vec(cell, 2);
        let rows = proptest::collection::vec(row, 0..5);
        let mut runner = proptest::test_runner::TestRunner::default();
        let outcome = runner.run(&rows, |rows| {
            let mut writer = ::csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
            writer.write_record(["a", "b"]).expect("written");
            for row in &rows {
                writer.write_record(row).expect("written");
            }
            let file = CsvFile::read(&writer.into_inner().expect("bytes")).expect("a file");
            let trimmed = |cell: &String| cell.trim_matches([' ', '\t', '\r', '\n']).to_owned();
            let expected: Vec<Vec<String>> =
                rows.iter().map(|row| row.iter().map(trimmed).collect()).collect();
            let expected: Vec<_> = expected.into_iter().filter(|row| !row.concat().is_empty()).collect();
            let read: Vec<_> = file.rows.into_iter().map(|row| row.cells).collect();
            proptest::prop_assert_eq!(read, expected);
            Ok(())
        });
        outcome.expect("each file is read as it was written");
    }

    #[test]
    fn cells_are_read_as_spreadsheets_write_them() {
        assert_eq!(
            ["TRUE", "False", "true", "yes", "1", ""].map(boolean),
            [Some(true), Some(false), Some(true), None, None, None]
        );
        assert_eq!(
            ["1.0", "-12.000", "0", "40", "1.5", "1.", ".0", "01.0", "1,0", "1e3", "+1"].map(integer),
            [Some(1), Some(-12), Some(0), Some(40), None, None, None, None, None, None, None]
        );
        assert_eq!(integer("99999999999999999999.0"), Some(i64::MAX), "its bounds refuse it, not its type");
    }
}
