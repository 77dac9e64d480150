//! Random data sets for property tests.

mod rows;

use std::collections::BTreeMap;
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
const MEASURES: [(&str, &str); 7] = [
    ("count_total", "unit_name=pieces of work"),
    ("ratio", "aggregate=minimum; decimals=2; may_exceed=true; per=100"),
    ("ratio", "aggregate=summed; decimals=0; may_exceed=false; per=1; unit_name=days"),
    ("reading", "aggregate=mean; unit_name=points"),
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
            (
                "code,title,plan_from,status,notes,plan_until",
                vec![cells(["f", "F", "2017-04-01", "draft", "", "2018-10-01"])],
            ),
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
        files.insert("targets", ("framework,actions,code,title,position,measure,parameters,aim,threshold,tolerance,frequencies,frequency_printed,sources,baseline_value,baseline_numerator,baseline_denominator,baseline_meetings,baseline_note,baseline_source,owner,due_on,notes,implied,council_reported,continues,reading_lag", self.targets()));
        files.insert("progress", ("key,framework,target,occurred_on,kind,council,covered,count,numerator,denominator,area,income_pence,cost_pence,state,status,text,value,unit,occasion,source,author,note,evidence_url,supersedes,reading,provisional", self.entries()));
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
}

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}
