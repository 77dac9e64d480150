//! The rows of each file of a random data set.

use std::collections::{BTreeMap, BTreeSet};

use super::{DataSet, KINDS, MEASURES, MeetingParts, STATUSES, day, optional};

impl DataSet {
    fn gss(&self, council: usize) -> String {
        format!("E{:08}", council % self.councils.len())
    }

    pub(super) fn councils(&self) -> Vec<Vec<String>> {
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

    pub(super) fn memberships(&self) -> Vec<Vec<String>> {
        let members = self.councils.iter().enumerate().filter(|(_, council)| council.3);
        let once = |i: usize| vec![self.gss(i), "2015-04-01".to_owned(), "2016-04-01".to_owned()];
        let again = |i: usize| vec![self.gss(i), "2017-04-01".to_owned(), String::new()];
        members.flat_map(|(i, _)| [once(i), again(i)]).collect()
    }

    pub(super) fn groups(&self) -> Vec<Vec<String>> {
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

    pub(super) fn seats(&self) -> Vec<Vec<String>> {
        (0..self.seats.len()).map(|i| [self.seat(i).to_vec(), vec![String::new(); 2]].concat()).collect()
    }

    pub(super) fn terms(&self) -> Vec<Vec<String>> {
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

    pub(super) fn meetings(&self) -> Vec<Vec<String>> {
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

    pub(super) fn lines(&self) -> Vec<Vec<String>> {
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

    pub(super) fn evaluations(&self) -> Vec<Vec<String>> {
        self.meeting_forms()
            .map(|(i, (meeting, ..))| vec![format!("m{meeting}"), format!("q{i}"), "100".to_owned()])
            .collect()
    }

    pub(super) fn ratings(&self) -> Vec<Vec<String>> {
        let rating = |meeting: usize, i: usize, rating: &str, forms: u32| {
            vec![format!("m{meeting}"), format!("q{i}"), rating.to_owned(), forms.to_string()]
        };
        self.meeting_forms()
            .flat_map(|(i, (meeting, poor, good))| {
                [rating(*meeting, i, "poor", *poor), rating(*meeting, i, "good", *good)]
            })
            .collect()
    }

    pub(super) fn targets(&self) -> Vec<Vec<String>> {
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
                if kind == "reading" { "12 months".to_owned() } else { String::new() },
            ]);
            head.into_iter().chain(tail).collect()
        };
        self.targets.iter().enumerate().map(row).collect()
    }

    pub(super) fn entries(&self) -> Vec<Vec<String>> {
        let entry = |(i, (target, on, text)): (usize, &(usize, u32, String))| {
            let kind = match MEASURES[self.targets.get(*target)?.0].0 {
                "count_total" => "count",
                "ratio" => "ratio",
                "reading" => "reading",
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
                cell_for("ratio", "2"),
                cell_for("ratio", "2"),
            ];
            let (narrative, reading) = (cell_for("narrative", text), cell_for("reading", "-12.3456"));
            let tail = ["", "", "", "", "", &narrative, "", "", "", "", text, text, "", "", &reading, "true"]
                .map(str::to_owned);
            Some(head.into_iter().chain(tail).collect())
        };
        self.entries.iter().enumerate().filter_map(entry).collect()
    }

    pub(super) fn keys(&self) -> Vec<Vec<String>> {
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
