//! A model of overlapping transactions, and of a client that reads their changes.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::db::snapshot::ServerRun;

#[test]
fn a_token_is_valid_for_thirty_days() {
    let until = Snapshot::new(9, vec![4, 7]).expect("a snapshot");
    let within = Some(Within { until: until.clone(), line: 7, id: Uuid::nil() });
    let today = Utc::now().date_naive();
    let at = |days: i64| Position {
        after: Snapshot::empty(),
        restored_line: 0,
        within: within.clone(),
        read_on: today - TimeDelta::days(days),
    };
    let (new, old) = (at(30), at(31));
    assert_eq!(Position::parse(&new.token()), Ok(new.clone()));
    assert_eq!(Position::parse(&old.token()), Err(InvalidToken::Expired));
    assert_eq!(Position::parse("no-token"), Err(InvalidToken::Unreadable));
    let negative = Position { within: Some(Within { until, line: -1, id: Uuid::nil() }), ..new };
    assert_eq!(Position::parse(&negative.token()), Err(InvalidToken::Unreadable));
}

const ROWS: usize = 4;
const SESSIONS: usize = 4;

/// A step of the simulation. It is a write, the end of a transaction, or a read.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A session changes a row. The session begins a transaction if none is open, and does nothing
    /// while another session has locked the row.
    Write { session: usize, row: usize },
    /// A session commits or rolls back its transaction.
    End { session: usize, commits: bool },
    /// The client reads a page of the change feed.
    Read { limit: usize },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    line: i64,
    transaction: i64,
    row: usize,
    version: u32,
}

/// A model of a database in which a row stays locked until the transaction that changed it ends. It
/// has a sequence of lines in the change log, and snapshots.
#[derive(Default)]
struct Database {
    next_transaction: i64,
    next_line: i64,
    running: BTreeMap<usize, i64>,
    versions: [u32; ROWS],
    locks: [Option<usize>; ROWS],
    written: BTreeMap<usize, Vec<Change>>,
    log: BTreeSet<Change>,
}

impl Database {
    fn write(&mut self, session: usize, row: usize) {
        if self.locks[row].is_some_and(|holder| holder != session) {
            return;
        }
        let transaction = *self.running.entry(session).or_insert_with(|| {
            self.next_transaction += 1;
            self.next_transaction
        });
        self.locks[row] = Some(session);
        self.next_line += 1;
        let changes = self.written.entry(session).or_default();
        let own = changes.iter().filter(|change| change.row == row).count();
        let version = self.versions[row] + u32::try_from(own).expect("a small number") + 1;
        changes.push(Change { line: self.next_line, transaction, row, version });
    }

    fn end(&mut self, session: usize, commits: bool) {
        self.running.remove(&session);
        let changes = self.written.remove(&session).unwrap_or_default();
        for lock in self.locks.iter_mut().filter(|lock| **lock == Some(session)) {
            *lock = None;
        }
        for change in changes.into_iter().filter(|_| commits) {
            self.versions[change.row] = self.versions[change.row].max(change.version);
            self.log.insert(change);
        }
    }

    fn now(&self) -> Now {
        let mut running: Vec<i64> = self.running.values().copied().collect();
        running.sort_unstable();
        let snapshot = Snapshot::new(self.next_transaction + 1, running).expect("a snapshot");
        Now { snapshot, restored_line: None, server_run: ServerRun::default() }
    }
}

/// A client of the change feed, and the changes that it has received.
struct Reader {
    token: String,
    read: Vec<Change>,
}

impl Reader {
    /// Reads a page of the change feed. Returns whether more changes exist.
    fn page(&mut self, database: &Database, limit: usize) -> bool {
        let position = Position::parse(&self.token).expect("a token");
        let (range, line, _) = position.range(&database.now()).expect("a range");
        let mut found: Vec<Change> = database
            .log
            .iter()
            .filter(|change| range.contains(change.transaction, change.line) && change.line > line)
            .take(limit + 1)
            .copied()
            .collect();
        let has_more = found.len() > limit;
        found.truncate(limit);
        let next = match found.last() {
            Some(last) if has_more => Position::within(range, last.line, Uuid::nil()),
            None if !database.log.iter().any(|change| range.contains(change.transaction, change.line)) => {
                position.unchanged()
            }
            _ => Position::after(range),
        };
        self.token = next.token();
        self.read.extend(found);
        has_more
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0..SESSIONS, 0..ROWS).prop_map(|(session, row)| Step::Write { session, row }),
        3 => (0..SESSIONS, prop::bool::weighted(0.85)).prop_map(|(session, commits)| Step::End { session, commits }),
        3 => (1_usize..5).prop_map(|limit| Step::Read { limit }),
    ];
    prop::collection::vec(step, 1..80)
}

fn follow(steps: Vec<Step>) -> (Database, Reader) {
    let mut database = Database::default();
    let mut reader = Reader { token: Position::start().token(), read: Vec::new() };
    for step in steps {
        match step {
            Step::Write { session, row } => database.write(session, row),
            Step::End { session, commits } => database.end(session, commits),
            Step::Read { limit } => {
                reader.page(&database, limit);
            }
        }
    }
    for session in 0..SESSIONS {
        database.end(session, true);
    }
    for limit in [2, 3] {
        while reader.page(&database, limit) {}
        reader.page(&database, limit);
    }
    (database, reader)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn a_reader_gets_each_change_once_and_those_of_a_row_in_order(steps in steps()) {
        let (database, reader) = follow(steps);
        let mut versions = [0; ROWS];
        for change in &reader.read {
            prop_assert!(versions[change.row] < change.version, "{change:?} after version {}", versions[change.row]);
            versions[change.row] = change.version;
        }
        prop_assert_eq!(reader.read.len(), database.log.len());
        prop_assert_eq!(reader.read.iter().copied().collect::<BTreeSet<_>>(), database.log);
    }
}

/// Fails for a feed that reads changes in the order of transaction ids.
#[test]
fn a_transaction_that_began_first_and_changed_a_row_last_is_read_last() {
    let write = |session, row| Step::Write { session, row };
    let commit = |session| Step::End { session, commits: true };
    let read = Step::Read { limit: 4 };
    let (_, reader) = follow(vec![
        write(0, 0),
        write(1, 1),
        write(2, 2),
        commit(2),
        write(0, 2),
        commit(0),
        read,
        commit(1),
    ]);
    let of_row_two: Vec<u32> =
        reader.read.iter().filter(|change| change.row == 2).map(|change| change.version).collect();
    assert_eq!(of_row_two, [1, 2]);
}
