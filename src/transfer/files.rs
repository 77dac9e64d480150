//! The CSV files of an import or export. Each file is declared once, with its columns, the types of
//! their cells, and the statement that exports its rows.

#[derive(Debug)]
pub(super) struct FileSpec {
    /// The name of the CSV file without `.csv`. If the file does not contain list items, this is
    /// also the name of the table.
    pub(super) table: &'static str,
    pub(super) name: &'static str,
    pub(super) columns: &'static [Column],
    /// The SQL statement that reads the rows of the CSV file for an export.
    pub(super) export: &'static str,
}

impl FileSpec {
    pub(super) fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) cell_type: CellType,
    /// The text that an import uses in place of an empty cell.
    pub(super) default: Option<&'static str>,
}

/// The type of the cells in a CSV column. An import converts a cell of this type to a member of a
/// request body. An export formats the cell by this type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CellType {
    Text,
    /// A person's name. An export of names is logged.
    PersonName,
    Prose,
    Number,
    Boolean,
    /// Several texts, separated by `;`. The export statement returns them as a JSON array.
    List,
    /// A key, a reference, or a part of a member of the request body. A function in
    /// `request_bodies` converts the cell.
    Custom,
    /// References to rows, separated by `;`. A function in `request_bodies` resolves the
    /// references. The export statement returns them as a JSON array.
    References,
    /// The parts of a row's natural key, separated by `/`. A function in `request_bodies` resolves
    /// the key. The export statement returns the parts as a JSON array.
    Path,
    /// The parameters of a measure. A function in `request_bodies` converts the cell. The export
    /// statement returns the measure as JSON.
    Parameters,
}

macro_rules! column {
    ($name:ident) => { column!($name: Text) };
    ($name:ident = $default:literal) => { column!($name: Text = $default) };
    ($name:ident: $type:ident) => {
        Column { name: stringify!($name), cell_type: CellType::$type, default: None }
    };
    ($name:ident: $type:ident = $default:literal) => {
        Column { name: stringify!($name), cell_type: CellType::$type, default: Some($default) }
    };
}

macro_rules! files {
    ($($constant:ident = $table:ident { $($column:ident $(: $type:ident)? $(= $default:literal)?),+ $(,)? })+) => {
        $( pub(super) const $constant: FileSpec = FileSpec {
            table: stringify!($table),
            name: concat!(stringify!($table), ".csv"),
            columns: &[$(column!($column $(: $type)? $(= $default)?)),+],
            export: include_str!(concat!("sql/export/", stringify!($table), ".sql")),
        }; )+
        /// All CSV files in the order of the import. Rows reference only rows of the same file or
        /// of earlier files.
        pub(super) const ALL: &[&FileSpec] = &[$(&$constant),+];
    };
}

files! {
    COUNCILS = councils { gss_code: Custom, name, kind, county, exists_from, exists_until }
    GSS_CODES = council_gss_codes { council: Custom, gss_code, valid_from, valid_until }
    MEMBERSHIPS = memberships { council: Custom, member_from, member_until }
    SUCCESSIONS = successions { successor: Custom, predecessor: Custom, kind, succeeded_on }
    GROUPS = groups { code, name, responsible_from, responsible_until, handed_to, notes: Prose }
    SEATS = seats {
        group: Custom, council: Custom, role, ordinal: Number = "1", exists_from, exists_until,
    }
    TERMS = seat_terms {
        group: Custom, council: Custom, role: Custom, ordinal: Custom, holder_ref,
        holder_name: PersonName, held_from, held_until,
    }
    MEETINGS = meetings {
        key: Custom, group: Custom, kind = "meeting", title, held_on, date_precision = "day",
        status = "scheduled", register = "open", constructed: Boolean = "false", notes: Prose,
        one_of_several: Boolean = "false",
    }
    DELIVERABLES = deliverables { meeting: Custom, deliverable, delivered: Boolean }
    ATTENDANCE = attendance {
        meeting: Custom, council: Custom, role: Custom, ordinal: Custom, delegate_ref, status,
        attendee_name: PersonName, note,
    }
    EVALUATIONS = evaluations { meeting: Custom, question, handed_out: Number }
    RATINGS = evaluation_ratings { meeting: Custom, question: Custom, rating, forms: Number }
    FRAMEWORKS = frameworks { code, title, plan_from, status = "draft", notes: Prose, plan_until }
    THEMES = themes { framework: Custom, code, ref, title, position: Number }
    OUTCOMES = outcomes { framework: Custom, theme: Custom, code, ref, title, position: Number }
    ACTIONS = actions {
        framework: Custom, outcome: Custom, code, ref, title, position: Number, source_lines,
        groups: References, meetings: References, quirks: List, notes: Prose,
    }
    TARGETS = targets {
        framework: Custom, actions: References, code, title, position: Number, measure: Custom,
        parameters: Parameters, aim = "at_least", threshold: Number, tolerance: Custom,
        frequencies: List = "unknown", frequency_printed, sources: List, baseline_value: Number,
        baseline_numerator: Number, baseline_denominator: Number, baseline_meetings: Number,
        baseline_note, baseline_source: Custom, owner, due_on, notes: Prose,
        implied: Boolean = "false", council_reported: Boolean = "false", continues: Custom,
        reading_lag: Custom,
    }
    REVISIONS = revisions {
        framework: Custom, target: Custom, revised_on, threshold: Number, reason: Prose, reference,
    }
    PROGRESS = progress {
        key: Custom, framework: Custom, target: Custom, occurred_on, kind, council: Custom,
        covered: Boolean, count: Number, numerator: Number, denominator: Number, area,
        income_pence: Number, cost_pence: Number, state, status, text: Prose, value: Number, unit,
        occasion, source = "import", author = "import", note: Prose, evidence_url,
        supersedes: Custom, reading: Number, provisional: Boolean = "false",
    }
    EXTERNAL_IDS = external_ids { resource: Custom, row: Path, system, external_id }
}
