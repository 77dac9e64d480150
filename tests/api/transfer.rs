//! Data sets in and out: everything is checked first, all or nothing is written, and nothing is lost on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use outturn::transfer::{self, Error, Outcome};
use outturn::web::Contracts;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tempfile::TempDir;

use crate::support::{App, RESOURCES};

static CONTRACTS: LazyLock<Contracts> = LazyLock::new(|| Contracts::compile(&outturn::api::document()).expect("contracts"));

async fn import(app: &App, dir: &Path) -> Result<Outcome, Error> {
    transfer::import(&mut app.connection().await, &CONTRACTS, dir).await
}

async fn export(app: &App) -> TempDir {
    let dir = TempDir::new().expect("a directory");
    transfer::export::export(&mut app.connection().await, dir.path()).await.expect("an export");
    dir
}

/// Every file of a directory with its lines, sorted behind the header.
fn files(dir: &Path) -> BTreeMap<String, Vec<csv::StringRecord>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "csv") {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(&path).expect("a file");
            let mut lines: Vec<_> = reader.records().collect::<Result<_, _>>().expect("records");
            lines[1..].sort_by(|a, b| a.iter().cmp(b.iter()));
            files.insert(path.file_name().expect("a name").to_string_lossy().into_owned(), lines);
        }
    }
    files
}

fn copy_of_the_sample() -> TempDir {
    let dir = TempDir::new().expect("a directory");
    for entry in fs::read_dir("sample").expect("the sample") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, dir.path().join(path.file_name().expect("a name"))).expect("a copy");
    }
    dir
}

/// Replaces the first `from` of a file; gives the line it stands on.
fn edit(dir: &Path, file: &str, from: &str, to: &str) -> usize {
    let path = dir.join(file);
    let text = fs::read_to_string(&path).expect("a file");
    let at = text.find(from).unwrap_or_else(|| panic!("{file} has no {from}"));
    fs::write(&path, text.replacen(from, to, 1)).expect("written");
    text[..at].lines().count().max(1) + usize::from(text[..at].ends_with('\n'))
}

/// Every row with its version and its time of change.
async fn rows(app: &App) -> BTreeSet<String> {
    let tables = RESOURCES.map(|resource| resource.path.trim_start_matches("/v1/"));
    let each = tables.map(|table| format!("SELECT concat_ws(' ', '{table}', id, version, updated_at) AS t FROM {table}"));
    app.texts(&each.join(" UNION ALL ")).await.into_iter().collect()
}

#[tokio::test]
async fn a_second_import_changes_nothing() {
    let app = App::with_sample();
    let before = rows(&app).await;
    let outcome = import(&app, Path::new("sample")).await.expect("an import");
    assert_eq!(outcome.totals(), (0, 0), "{outcome}");
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn one_changed_line_changes_one_rows_version() {
    let app = App::with_sample();
    let dir = copy_of_the_sample();
    for (file, from, to, table) in [
        ("councils.csv", "Essex County Council", "Essex", "councils"),
        ("memberships.csv", "E10000012,2015-04-01", "E10000012,2014-04-01", "councils"),
        ("groups.csv", "assembly,Assembly,", "assembly,The Assembly,", "groups"),
        ("seats.csv", "assembly,E10000012,leader,1,,", "assembly,E10000012,leader,1,1999-01-01,", "seats"),
        ("seat_terms.csv", "leader-E10000012,,2016-01-01,", "leader-E10000012,,2015-06-01,", "seats"),
        ("meetings.csv", "\"Assembly, summer 2017\"", "Summer Assembly", "meetings"),
        ("deliverables.csv", "2017-06-16,update,true", "2017-06-16,update,false", "meetings"),
        ("attendance.csv", "E10000012,leader,1,,absent", "E10000012,leader,1,,apologies", "attendance"),
        ("frameworks.csv", "Performance framework 2017-18", "Framework", "frameworks"),
        ("actions.csv", "one sentence, two conditions", "two conditions", "actions"),
        ("targets.csv", "Every council's subscription invoice paid", "Invoices paid", "targets"),
        ("revisions.csv", "Members agreed", "They agreed", "revisions"),
        ("progress.csv", "The year is not printed and follows", "It follows", "progress"),
    ] {
        let before = rows(&app).await;
        edit(dir.path(), file, from, to);
        let outcome = import(&app, dir.path()).await.expect(file);
        assert_eq!(outcome.totals(), (0, 1), "{file} {outcome}");
        let after = rows(&app).await;
        let changed: Vec<_> = after.difference(&before).collect();
        assert!(changed.len() == 1 && changed[0].starts_with(table), "{file} {changed:?}");
        assert_eq!(before.difference(&after).count(), 1, "{file}");
    }
}

#[tokio::test]
async fn every_flaw_is_reported_with_its_file_and_line_and_nothing_is_written() {
    let app = App::with_sample();
    let dir = copy_of_the_sample();
    let flawed = [
        ("councils.csv", "E10000012,Essex County Council,county", "E10000012,Essex County Council,parish"),
        ("councils.csv", "E10000003,", "E1,"),
        ("memberships.csv", "E10000015,2015-04-01", "E99999999,2015-04-01"),
        ("seat_terms.csv", "constructed-leader-E10000012,,2016-01-01", "constructed-leader-E10000012,,2016-13-01"),
        ("meetings.csv", "assembly-2018-01-26,assembly,meeting", "assembly-2018-01-26,assembly,gathering"),
        ("attendance.csv", "E10000003,leader,1,,present", "E10000003,mayor,1,,present"),
        ("targets.csv", "council_coverage,basis=membership", "council_coverage,basis=hearsay"),
        ("targets.csv", "basis=entries,at_least,100", "basis=entries,at_least,lots"),
        ("progress.csv", "1.2.2.visits,2017-06-16,count,,,1", "1.2.2.visits,2017-06-16,count,,,-1"),
        ("revisions.csv", "2018-01-26,1,", "2019-01-26,1,"),
    ];
    let expected: Vec<String> = flawed.iter().map(|(file, from, to)| format!("{file}:{}: ", edit(dir.path(), file, from, to))).collect();
    let before = rows(&app).await;
    let Err(Error::Flaws(flaws)) = import(&app, dir.path()).await else { panic!("flaws were expected") };
    let told: Vec<String> = flaws.iter().map(ToString::to_string).collect();
    for place in &expected {
        assert!(told.iter().any(|flaw| flaw.starts_with(place)), "{place} in {told:#?}");
    }
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn files_that_are_no_data_set_are_refused() {
    let app = App::new();
    for (file, text, told) in [
        ("councils.csv", "gss_code,name,kind,county,exists_from,exists_until,colour\n".as_bytes(), "colour"),
        ("councils.csv", b"gss_code,name\n", "kind"),
        ("councils.csv", b"gss_code,name,kind,county,exists_from,exists_until\nE10000001,A\n", "councils.csv:2"),
        ("councils.csv", b"gss_code,name,kind,county,exists_from,exists_until\nE10000001,\xff,district,,,\n", "councils.csv:2"),
        ("councils.csv", b"gss_code,name,kind,county,exists_from,exists_until\nE10000001,a\0b,district,,,\n", "councils.csv:2"),
        ("councils.csv", b"gss_code,name,kind,county,exists_from,exists_until\nE10000001,A,district,,,\nE10000001,B,district,,,\n", "councils.csv:3"),
        ("notes.csv", b"a,b\n", "notes.csv"),
    ] {
        let dir = TempDir::new().expect("a directory");
        fs::write(dir.path().join(file), text).expect("written");
        let refused = import(&app, dir.path()).await.expect_err("a flaw");
        assert!(refused.to_string().contains(told), "{told} in {refused}");
        assert_eq!(rows(&app).await.len(), 0);
    }
    let nowhere = import(&app, Path::new("no/such/directory")).await.expect_err("no directory");
    assert!(matches!(nowhere, Error::Io(_)), "{nowhere}");
}

#[tokio::test]
async fn a_data_set_may_be_imported_bit_by_bit() {
    let app = App::new();
    let dir = copy_of_the_sample();
    let part = TempDir::new().expect("a directory");
    for entry in fs::read_dir(dir.path()).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if ["councils.csv", "council_gss_codes.csv", "memberships.csv", "successions.csv"].contains(&name.as_str()) {
            fs::copy(&path, part.path().join(name)).expect("a copy");
        }
    }
    import(&app, part.path()).await.expect("the councils alone");
    let councils = rows(&app).await;
    assert_eq!(councils.len(), 54);
    import(&app, dir.path()).await.expect("everything");
    assert!(rows(&app).await.is_superset(&councils), "the councils stayed as they were");
}

#[tokio::test]
async fn an_import_of_an_export_of_the_sample_is_the_identity() {
    let app = App::with_sample();
    let written = export(&app).await;
    assert_contains(&files(written.path()), &files(Path::new("sample")));
    let before = rows(&app).await;
    import(&app, written.path()).await.expect("an import into the same");
    assert_eq!(rows(&app).await, before);
    let fresh = App::new();
    import(&fresh, written.path()).await.expect("an import into an empty one");
    assert_eq!(files(export(&fresh).await.path()), files(written.path()));
    assert_eq!(rows(&fresh).await.len(), before.len());
}

/// Columns of several values, whose order means nothing.
const LISTS: [&str; 5] = ["parameters", "groups", "meetings", "actions", "sources"];

/// Every line of `given` stands in `held`, which may say what was left to its default, and no line besides.
fn assert_contains(held: &BTreeMap<String, Vec<csv::StringRecord>>, given: &BTreeMap<String, Vec<csv::StringRecord>>) {
    for (file, lines) in given {
        assert_eq!(held[file].len(), lines.len(), "{file}");
        let header = &lines[0];
        let agrees = |line: &csv::StringRecord, other: &csv::StringRecord| {
            let same = |((column, cell), held): ((&str, &str), &str)| {
                let says_all = || cell.split("; ").all(|value| held.split("; ").any(|held| held == value));
                cell.is_empty() || cell == held || (LISTS.contains(&column) && says_all())
            };
            header.iter().zip(line).zip(other).all(same)
        };
        for line in lines {
            assert!(held[file].iter().any(|other| agrees(line, other)), "{file} {line:?}");
        }
    }
}

/// A data set made of small numbers and odd texts.
#[derive(Debug, Clone)]
struct DataSet {
    councils: Vec<(String, usize, Option<u32>, bool)>,
    groups: Vec<(String, Option<String>)>,
    seats: Vec<(usize, usize, u32, Option<u32>)>,
    meetings: Vec<(Option<usize>, u32, usize, Option<String>)>,
    lines: Vec<(usize, usize, usize, Option<String>)>,
    forms: Vec<(usize, u32, u32)>,
    targets: Vec<(usize, String, Option<u32>)>,
    entries: Vec<(usize, u32, String)>,
    keys: Vec<(usize, String)>,
}

/// One line of text as people type it: quotes, commas, semicolons, letters from everywhere.
fn line() -> impl Strategy<Value = String> {
    "[A-Za-z0-9\"',;=:|ÄßéŁ漢🙂£%-]([ A-Za-z0-9\"',;=:|ÄßéŁ漢🙂£%-]{0,20}[A-Za-z0-9\"',;=:|ÄßéŁ漢🙂£%-])?"
}

fn prose() -> impl Strategy<Value = Option<String>> {
    proptest::option::of((line(), line()).prop_map(|(a, b)| format!("{a}\n\n{b}")))
}

fn data_sets() -> impl Strategy<Value = DataSet> {
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
            councils, groups, seats, meetings, lines, forms, targets, entries, keys,
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
    fn write(&self, dir: &Path) {
        let mut files: BTreeMap<&str, (&str, Vec<Vec<String>>)> = BTreeMap::new();
        files.insert("councils", ("gss_code,name,kind,county,exists_from,exists_until", self.councils()));
        files.insert("memberships", ("council,member_from,member_until", self.memberships()));
        files.insert("groups", ("code,name,responsible_from,responsible_until,handed_to,notes", self.groups()));
        files.insert("seats", ("group,council,role,ordinal,exists_from,exists_until", self.seats()));
        files.insert("seat_terms", ("group,council,role,ordinal,holder_ref,holder_name,held_from,held_until", self.terms()));
        files.insert("meetings", ("key,group,kind,title,held_on,date_precision,status,register,notes", self.meetings()));
        files.insert("attendance", ("meeting,council,role,ordinal,delegate_ref,status,attendee_name,note", self.lines()));
        files.insert("evaluations", ("meeting,question,handed_out", self.evaluations()));
        files.insert("evaluation_ratings", ("meeting,question,rating,forms", self.ratings()));
        files.insert("frameworks", ("code,title,plan_from,status,notes", vec![cells(["f", "F", "2017-04-01", "draft", ""])]));
        files.insert("themes", ("framework,code,ref,title,position", vec![cells(["f", "t", "1", "T", "1"])]));
        files.insert("outcomes", ("framework,theme,code,ref,title,position", vec![cells(["f", "t", "o", "", "O", "1"])]));
        let action = cells(["f", "o", "a", "", "A", "1", "", "", "", "", ""]);
        files.insert("actions", ("framework,outcome,code,ref,title,position,source_lines,groups,meetings,quirks,notes", vec![action]));
        files.insert("targets", ("framework,actions,code,title,position,measure,parameters,aim,threshold,tolerance,frequencies,frequency_printed,sources,baseline_value,baseline_numerator,baseline_denominator,baseline_meetings,baseline_note,owner,due_on,notes,implied,council_reported,continues", self.targets()));
        files.insert("progress", ("key,framework,target,occurred_on,kind,council,covered,count,numerator,denominator,area,income_pence,cost_pence,state,status,text,value,unit,occasion,source,author,note,evidence_url,supersedes", self.entries()));
        files.insert("external_ids", ("resource,row,system,external_id", self.keys()));
        for (name, (header, lines)) in files {
            let mut writer = csv::Writer::from_path(dir.join(format!("{name}.csv"))).expect("a file");
            writer.write_record(header.split(',')).expect("written");
            for line in lines {
                writer.write_record(line).expect("written");
            }
            writer.flush().expect("written");
        }
    }

    fn gss(&self, council: usize) -> String {
        format!("E{:08}", council % self.councils.len())
    }

    fn councils(&self) -> Vec<Vec<String>> {
        let row = |(i, (name, kind, until, _)): (usize, &(String, usize, Option<u32>, bool))| {
            vec![self.gss(i), name.clone(), KINDS[*kind].to_owned(), name.clone(), String::new(), optional(until.map(|n| format!("2030-01-{n:02}")))]
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
            vec![format!("g{i}"), name.clone(), String::new(), String::new(), String::new(), optional(notes.as_ref())]
        };
        self.groups.iter().enumerate().map(row).collect()
    }

    /// The cells that name a seat.
    fn seat(&self, i: usize) -> [String; 4] {
        let (group, council, ..) = self.seats[i];
        [format!("g{}", group % self.groups.len()), self.gss(council), "leader".to_owned(), (i + 1).to_string()]
    }

    fn seats(&self) -> Vec<Vec<String>> {
        (0..self.seats.len()).map(|i| [self.seat(i).to_vec(), vec![String::new(); 2]].concat()).collect()
    }

    fn terms(&self) -> Vec<Vec<String>> {
        let row = |(i, (_, _, from, until)): (usize, &(usize, usize, u32, Option<u32>))| {
            let first = [format!("h{i}"), "Ann \"A\" Other".to_owned(), "2010-01-01".to_owned(), format!("201{from}-01-01")];
            let second = [format!("H{i}"), String::new(), format!("201{from}-01-01"), optional(until.map(|n| format!("202{n}-01-01")))];
            [first, second].map(|term| [self.seat(i).to_vec(), term.to_vec()].concat())
        };
        self.seats.iter().enumerate().flat_map(row).collect()
    }

    fn meetings(&self) -> Vec<Vec<String>> {
        let row = |(i, (group, on, status, notes)): (usize, &(Option<usize>, u32, usize, Option<String>))| {
            let group = group.map(|group| format!("g{}", group % self.groups.len()));
            let status = ["held", "inquorate", "scheduled", "held"][*status];
            vec![format!("m{i}"), optional(group), "meeting".to_owned(), format!("Meeting {i}"), day(*on), "day".to_owned(), status.to_owned(), "closed".to_owned(), optional(notes.as_ref())]
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
            let who = match group {
                None => [self.gss(*seat), String::new(), String::new(), format!("delegate-{i}")],
                Some(group) => match self.seats.get(*seat) {
                    Some(of) if of.0 % self.groups.len() == group && seen.insert((*meeting, *seat)) => {
                        let [_, council, role, ordinal] = self.seat(*seat);
                        [council, role, ordinal, String::new()]
                    }
                    _ => continue,
                },
            };
            rows.push([vec![format!("m{meeting}")], who.to_vec(), vec![status, String::new(), optional(note.as_ref())]].concat());
        }
        rows
    }

    fn asked(&self) -> impl Iterator<Item = (usize, &(usize, u32, u32))> {
        self.forms.iter().enumerate().filter(|(_, (meeting, ..))| *meeting < self.meetings.len())
    }

    fn evaluations(&self) -> Vec<Vec<String>> {
        self.asked().map(|(i, (meeting, ..))| vec![format!("m{meeting}"), format!("q{i}"), "100".to_owned()]).collect()
    }

    fn ratings(&self) -> Vec<Vec<String>> {
        let rating = |meeting: usize, i: usize, rating: &str, forms: u32| vec![format!("m{meeting}"), format!("q{i}"), rating.to_owned(), forms.to_string()];
        self.asked().flat_map(|(i, (meeting, poor, good))| [rating(*meeting, i, "poor", *poor), rating(*meeting, i, "good", *good)]).collect()
    }

    fn targets(&self) -> Vec<Vec<String>> {
        let row = |(i, (measure, title, threshold)): (usize, &(usize, String, Option<u32>))| {
            let (kind, parameters) = MEASURES[*measure];
            let threshold = threshold.filter(|_| kind != "narrative");
            let head = ["f".to_owned(), "a".to_owned(), format!("x{i}"), title.clone(), (i + 1).to_string(), kind.to_owned(), parameters.to_owned(), "at_least".to_owned(), optional(threshold), String::new(), "quarterly".to_owned(), title.clone()];
            let tail = vec![String::new(); 9].into_iter().chain(["false".to_owned(), "false".to_owned(), String::new()]);
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
            let says = |wanted: &str, cell: &str| if kind == wanted { cell.to_owned() } else { String::new() };
            let head = [format!("p{i}"), "f".to_owned(), format!("x{target}"), day(*on), kind.to_owned(), String::new(), String::new(), says("count", "3"), says("ratio", "1"), says("ratio", "2")];
            let tail = ["", "", "", "", "", &says("narrative", text), "", "", "", "", text, text, "", ""].map(str::to_owned);
            Some(head.into_iter().chain(tail).collect())
        };
        self.entries.iter().enumerate().filter_map(entry).collect()
    }

    fn keys(&self) -> Vec<Vec<String>> {
        let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (group, key) in &self.keys {
            let code = format!("g{}", group % self.groups.len());
            rows.entry(code.clone()).or_insert_with(|| vec!["groups".to_owned(), code.clone(), "crm".to_owned(), format!("{key}{code}")]);
        }
        rows.into_values().collect()
    }
}

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

#[test]
fn an_import_of_an_export_is_the_identity() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config { cases: 24, max_shrink_iters: 40, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&data_sets(), |set| {
        runtime.block_on(async {
            let (first, second) = (App::new(), App::new());
            let given = TempDir::new().expect("a directory");
            set.write(given.path());
            import(&first, given.path()).await.map_err(|error| TestCaseError::fail(error.to_string()))?;
            let written = export(&first).await;
            assert_contains(&files(written.path()), &files(given.path()));
            let again = import(&first, written.path()).await.map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(again.totals(), (0, 0));
            import(&second, written.path()).await.map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(files(export(&second).await.path()), files(written.path()));
            Ok(())
        })
    });
    outcome.expect("nothing is lost on the way");
}
