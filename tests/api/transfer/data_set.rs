//! Random data sets for property tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;

/// The group, day, status and notes of a meeting.
type MeetingParts = (Option<usize>, u32, usize, Option<String>);

/// A data set of small numbers and unusual texts.
#[derive(Debug, Clone)]
pub struct DataSet {
    councils: Vec<(String, usize, Option<u32>, bool)>,
    groups: Vec<(String, Option<String>)>,
    seats: Vec<(usize, usize, u32, Option<u32>)>,
    meetings: Vec<MeetingParts>,
    lines: Vec<(usize, usize, usize, Option<String>)>,
    forms: Vec<(usize, u32, u32)>,
    targets: Vec<(usize, String, Option<u32>)>,
    entries: Vec<(usize, u32, String)>,
    keys: Vec<(usize, String)>,
}

/// Generates a line of text with quotes, commas, semicolons and letters of several scripts.
fn line() -> impl Strategy<Value = String> {
    "[A-Za-z0-9\"',;=:|ÄßéŁ漢🙂£%-]([ A-Za-z0-9\"',;=:|ÄßéŁ漢🙂£%-]{0,20}[A-Za-z0-9\"',;=:|ÄßéŁ漢🙂£%-])?"
}

fn prose() -> impl Strategy<Value = Option<String>> {
    proptest::option::of((line(), line()).prop_map(|(a, b)| format!("{a}\n\n{b}")))
}

pub fn data_sets() -> impl Strategy<Value = DataSet> {
    use proptest::collection::vec;
    use proptest::option::of;
    let councils = vec((line(), 0..3_usize, of(1..9_u32), any::<bool>()), 1..5);
    let groups = vec((line(), prose()), 1..4);
    let seats = vec((0..4_usize, 0..5_usize, 1..6_u32, of(7..9_u32)), 0..8);
    let meetings = vec((of(0..4_usize), 1..28_u32, 0..4_usize, prose()), 0..6);
    let lines = vec((0..6_usize, 0..8_usize, 0..6_usize, of(line())), 0..12);
    let forms = vec((0..6_usize, 0..50_u32, 0..50_u32), 0..4);
    let targets = vec((0..MEASURES.len(), line(), of(1..100_u32)), 0..8);
    let entries = vec((0..8_usize, 1..28_u32, line()), 0..8);
    let keys = vec((0..5_usize, line()), 0..4);
    (councils, groups, seats, meetings, lines, forms, targets, entries, keys).prop_map(
        |(councils, groups, seats, meetings, lines, forms, targets, entries, keys)| DataSet {
            councils,
            groups,
            seats,
            meetings,
            lines,
            forms,
            targets,
            entries,
            keys,
        },
    )
}

const KINDS: [&str; 3] = ["county", "unitary", "district"];
const STATUSES: [&str; 5] = ["present", "present_virtual", "substitute", "apologies", "absent"];
const MEASURES: [(&str, &str); 5] = [
    ("count_total", "unit_name=pieces of work"),
    ("ratio", "aggregate=minimum"),
    ("attendance_rate", "roles=leader,member; unit=person; substitutes=not_counted"),
    ("council_coverage", "basis=entries; when=during; council_kinds=county,district"),
    ("narrative", ""),
];

fn optional<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn day(n: u32) -> String {
    format!("2017-05-{n:02}")
}

impl DataSet {
    /// Writes the data set as CSV files.
    pub fn write(&self, dir: &Path) {
        let mut files: BTreeMap<&str, (&str, Vec<Vec<String>>)> = BTreeMap::new();
        files.insert("councils", ("gss_code,name,kind,county,exists_from,exists_until", self.councils()));
        files.insert("memberships", ("council,member_from,member_until", self.memberships()));
        files.insert(
            "groups",
            ("code,name,responsible_from,responsible_until,handed_to,notes", self.groups()),
        );
        files.insert("seats", ("group,council,role,ordinal,exists_from,exists_until", self.seats()));
        files.insert(
            "seat_terms",
            ("group,council,role,ordinal,holder_ref,holder_name,held_from,held_until", self.terms()),
        );
        files.insert(
            "meetings",
            (
                "key,group,kind,title,held_on,date_precision,status,register,constructed,notes",
                self.meetings(),
            ),
        );
        files.insert(
            "attendance",
            ("meeting,council,role,ordinal,delegate_ref,status,attendee_name,note", self.lines()),
        );
        files.insert("evaluations", ("meeting,question,handed_out", self.evaluations()));
        files.insert("evaluation_ratings", ("meeting,question,rating,forms", self.ratings()));
        files.insert(
            "frameworks",
            ("code,title,plan_from,status,notes", vec![cells(["f", "F", "2017-04-01", "draft", ""])]),
        );
        files.insert("themes", ("framework,code,ref,title,position", vec![cells(["f", "t", "1", "T", "1"])]));
        files.insert(
            "outcomes",
            ("framework,theme,code,ref,title,position", vec![cells(["f", "t", "o", "", "O", "1"])]),
        );
        let action = cells(["f", "o", "a", "", "A", "1", "", "", "", "", ""]);
        files.insert(
            "actions",
            (
                "framework,outcome,code,ref,title,position,source_lines,groups,meetings,quirks,notes",
                vec![action],
            ),
        );
        files.insert("targets", ("framework,actions,code,title,position,measure,parameters,aim,threshold,tolerance,frequencies,frequency_printed,sources,baseline_value,baseline_numerator,baseline_denominator,baseline_meetings,baseline_note,baseline_source,owner,due_on,notes,implied,council_reported,continues", self.targets()));
        files.insert("progress", ("key,framework,target,occurred_on,kind,council,covered,count,numerator,denominator,area,income_pence,cost_pence,state,status,text,value,unit,occasion,source,author,note,evidence_url,supersedes", self.entries()));
        files.insert("external_ids", ("resource,row,system,external_id", self.keys()));
        for (name, (header, lines)) in files {
            let mut writer = csv::Writer::from_path(dir.join(format!("{name}.csv"))).expect("a file");
            writer.write_record(header.split(',')).expect("the file is written");
            for line in lines {
                writer.write_record(line).expect("the file is written");
            }
            writer.flush().expect("the file is written");
        }
    }

    fn gss(&self, council: usize) -> String {
        format!("E{:08}", council % self.councils.len())
    }

    fn councils(&self) -> Vec<Vec<String>> {
        let row = |(i, (name, kind, until, _)): (usize, &(String, usize, Option<u32>, bool))| {
            vec![
                self.gss(i),
                name.clone(),
                KINDS[*kind].to_owned(),
                name.clone(),
                String::new(),
                optional(until.map(|n| format!("2030-01-{n:02}"))),
            ]
        };
        self.councils.iter().enumerate().map(row).collect()
    }

    fn memberships(&self) -> Vec<Vec<String>> {
        let members = self.councils.iter().enumerate().filter(|(_, council)| council.3);
        let once = |i: usize| vec![self.gss(i), "2015-04-01".to_owned(), "2016-04-01".to_owned()];
        let again = |i: usize| vec![self.gss(i), "2017-04-01".to_owned(), String::new()];
        members.flat_map(|(i, _)| [once(i), again(i)]).collect()
    }

    fn groups(&self) -> Vec<Vec<String>> {
        let row = |(i, (name, notes)): (usize, &(String, Option<String>))| {
            vec![
                format!("g{i}"),
                name.clone(),
                String::new(),
                String::new(),
                String::new(),
                optional(notes.as_ref()),
            ]
        };
        self.groups.iter().enumerate().map(row).collect()
    }

    /// Returns the cells that identify a seat.
    fn seat(&self, i: usize) -> [String; 4] {
        let (group, council, ..) = self.seats[i];
        [
            format!("g{}", group % self.groups.len()),
            self.gss(council),
            "leader".to_owned(),
            (i + 1).to_string(),
        ]
    }

    fn seats(&self) -> Vec<Vec<String>> {
        (0..self.seats.len()).map(|i| [self.seat(i).to_vec(), vec![String::new(); 2]].concat()).collect()
    }

    fn terms(&self) -> Vec<Vec<String>> {
        let row = |(i, (_, _, from, until)): (usize, &(usize, usize, u32, Option<u32>))| {
            let first = [
                format!("h{i}"),
                "Ann \"A\" Other".to_owned(),
                "2010-01-01".to_owned(),
                format!("201{from}-01-01"),
            ];
            let second = [
                format!("H{i}"),
                String::new(),
                format!("201{from}-01-01"),
                optional(until.map(|n| format!("202{n}-01-01"))),
            ];
            [first, second].map(|term| [self.seat(i).to_vec(), term.to_vec()].concat())
        };
        self.seats.iter().enumerate().flat_map(row).collect()
    }

    fn meetings(&self) -> Vec<Vec<String>> {
        let row = |(i, (group, on, status, notes)): (usize, &MeetingParts)| {
            let group = group.map(|group| format!("g{}", group % self.groups.len()));
            let status = ["held", "inquorate", "scheduled", "held"][*status];
            vec![
                format!("m{i}"),
                optional(group),
                "meeting".to_owned(),
                format!("Meeting {i}"),
                day(*on),
                "day".to_owned(),
                status.to_owned(),
                "closed".to_owned(),
                (i % 2 == 0).to_string(),
                optional(notes.as_ref()),
            ]
        };
        self.meetings.iter().enumerate().map(row).collect()
    }

    fn lines(&self) -> Vec<Vec<String>> {
        let mut seen = BTreeSet::new();
        let mut rows = Vec::new();
        for (i, (meeting, seat, status, note)) in self.lines.iter().enumerate() {
            let Some((group, ..)) = self.meetings.get(*meeting) else { continue };
            let group = group.map(|group| group % self.groups.len());
            let status = STATUSES[*status % STATUSES.len()].to_owned();
            let attendee = match group {
                None => [self.gss(*seat), String::new(), String::new(), format!("delegate-{i}")],
                Some(group) => match self.seats.get(*seat) {
                    Some(seat_parts)
                        if seat_parts.0 % self.groups.len() == group && seen.insert((*meeting, *seat)) =>
                    {
                        let [_, council, role, ordinal] = self.seat(*seat);
                        [council, role, ordinal, String::new()]
                    }
                    _ => continue,
                },
            };
            rows.push(
                [
                    vec![format!("m{meeting}")],
                    attendee.to_vec(),
                    vec![status, String::new(), optional(note.as_ref())],
                ]
                .concat(),
            );
        }
        rows
    }

    fn meeting_forms(&self) -> impl Iterator<Item = (usize, &(usize, u32, u32))> {
        self.forms.iter().enumerate().filter(|(_, (meeting, ..))| *meeting < self.meetings.len())
    }

    fn evaluations(&self) -> Vec<Vec<String>> {
        self.meeting_forms()
            .map(|(i, (meeting, ..))| vec![format!("m{meeting}"), format!("q{i}"), "100".to_owned()])
            .collect()
    }

    fn ratings(&self) -> Vec<Vec<String>> {
        let rating = |meeting: usize, i: usize, rating: &str, forms: u32| {
            vec![format!("m{meeting}"), format!("q{i}"), rating.to_owned(), forms.to_string()]
        };
        self.meeting_forms()
            .flat_map(|(i, (meeting, poor, good))| {
                [rating(*meeting, i, "poor", *poor), rating(*meeting, i, "good", *good)]
            })
            .collect()
    }

    fn targets(&self) -> Vec<Vec<String>> {
        let row = |(i, (measure, title, threshold)): (usize, &(usize, String, Option<u32>))| {
            let (kind, parameters) = MEASURES[*measure];
            let threshold = threshold.filter(|_| kind != "narrative");
            let head = [
                "f".to_owned(),
                "a".to_owned(),
                format!("x{i}"),
                title.clone(),
                (i + 1).to_string(),
                kind.to_owned(),
                parameters.to_owned(),
                "at_least".to_owned(),
                optional(threshold),
                String::new(),
                "quarterly".to_owned(),
                title.clone(),
            ];
            let tail = vec![String::new(); 10].into_iter().chain([
                "false".to_owned(),
                "false".to_owned(),
                String::new(),
            ]);
            head.into_iter().chain(tail).collect()
        };
        self.targets.iter().enumerate().map(row).collect()
    }

    fn entries(&self) -> Vec<Vec<String>> {
        let entry = |(i, (target, on, text)): (usize, &(usize, u32, String))| {
            let kind = match MEASURES[self.targets.get(*target)?.0].0 {
                "count_total" => "count",
                "ratio" => "ratio",
                _ => "narrative",
            };
            let cell_for = |wanted_kind: &str, cell: &str| {
                if kind == wanted_kind { cell.to_owned() } else { String::new() }
            };
            let head = [
                format!("p{i}"),
                "f".to_owned(),
                format!("x{target}"),
                day(*on),
                kind.to_owned(),
                String::new(),
                String::new(),
                cell_for("count", "3"),
                cell_for("ratio", "1"),
                cell_for("ratio", "2"),
            ];
            let tail = ["", "", "", "", "", &cell_for("narrative", text), "", "", "", "", text, text, "", ""]
                .map(str::to_owned);
            Some(head.into_iter().chain(tail).collect())
        };
        self.entries.iter().enumerate().filter_map(entry).collect()
    }

    fn keys(&self) -> Vec<Vec<String>> {
        let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (group, key) in &self.keys {
            let code = format!("g{}", group % self.groups.len());
            rows.entry(code.clone()).or_insert_with(|| {
                vec!["groups".to_owned(), code.clone(), "crm".to_owned(), format!("{key}{code}")]
            });
        }
        rows.into_values().collect()
    }
}

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}
