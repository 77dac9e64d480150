//! The fact cache: fact sets that the server keeps in memory. After records have changed, only the
//! kinds of facts that depend on them are loaded again.
//!
//! A fact set is kept with the snapshot from which it was loaded. Before it is used in a later
//! snapshot, one statement lists the changes between the two snapshots.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{Array, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::bounded_cache::{self, BoundedCache, Size};
use super::fact_set::{FactSet, StaleFacts, StaleRegisters};
use super::facts::SOURCE_RESOURCES;
use crate::db::Error;
use crate::db::snapshot::{Now, ServerRun};

/// The fact set of these targets, as the run of a database server has them. Snapshots of different
/// runs, and of a standby and its primary, cannot be compared.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    /// Pairs of the id of a target or framework with a date.
    requested: Vec<(Uuid, NaiveDate)>,
    server_run: ServerRun,
}

/// Maximum number of lines of the change log that are read to find the stale facts of a fact set.
/// After more changes, all facts are loaded.
const MAX_LINES: usize = 100;

/// Approximate number of bytes of a fact set, from which the number of entries is estimated.
const TYPICAL_BYTES: usize = 512 << 10;

#[derive(Clone)]
struct KeptFacts {
    facts: Arc<FactSet>,
    now: Now,
}

impl Size for Key {
    fn size(&self) -> usize {
        self.requested.len() * size_of::<(Uuid, NaiveDate)>()
    }
}

impl Size for KeptFacts {
    fn size(&self) -> usize {
        self.facts.size()
    }
}

pub(super) struct FactCache(BoundedCache<Key, KeptFacts>);

impl FactCache {
    /// Creates a cache whose entries have about this size together, in bytes. A cache of 0 bytes
    /// keeps nothing.
    pub(super) fn new(bytes: usize) -> Result<Self, String> {
        Ok(Self(bounded_cache::create(bytes, TYPICAL_BYTES)?))
    }
}

/// A change of records since a snapshot.
#[derive(QueryableByName)]
struct Change {
    #[diesel(sql_type = Text)]
    resource: String,
    /// The meetings whose registers can have changed. `None` if all can have changed.
    #[diesel(sql_type = Nullable<Array<SqlUuid>>)]
    meeting_ids: Option<Vec<Uuid>>,
}

impl StaleFacts {
    fn since(changes: Vec<Change>) -> Self {
        if changes.len() > MAX_LINES {
            return Self::ALL;
        }
        changes.into_iter().fold(Self::NONE, Self::after)
    }

    /// Adds the facts that the change makes stale. Changes of resources that change rarely make all
    /// facts stale.
    fn after(self, Change { resource, meeting_ids }: Change) -> Self {
        let registers = match (self.registers, meeting_ids) {
            (StaleRegisters::Of(meetings), Some(ids)) => {
                StaleRegisters::Of(&meetings | &BTreeSet::from_iter(ids))
            }
            _ => StaleRegisters::All,
        };
        let stale = Self { registers, ..self };
        match resource.as_str() {
            // Evaluations have the number of attendees, and coverage can be by attendance.
            "attendance" => Self { evaluations: true, coverage: true, ..stale },
            "evaluations" => Self { evaluations: true, ..stale },
            // A target has its judgements and claims.
            "progress" => Self { targets: true, coverage: true, entries: true, ..stale },
            "meetings" => Self { meetings: true, evaluations: true, coverage: true, ..stale },
            _ => Self::ALL,
        }
    }
}

/// Loads fact sets from the snapshot of one transaction.
pub struct FactLoader<'l> {
    pub conn: &'l mut AsyncPgConnection,
    kept: Option<(&'l FactCache, Now)>,
}

impl<'l> FactLoader<'l> {
    /// Creates a loader that keeps nothing. A transaction that writes or looks back needs it.
    pub const fn new(conn: &'l mut AsyncPgConnection) -> Self {
        Self { conn, kept: None }
    }

    /// Creates a loader that uses and keeps fact sets. `now` is the snapshot of the transaction.
    pub(super) const fn with_cache(conn: &'l mut AsyncPgConnection, cache: &'l FactCache, now: Now) -> Self {
        Self { conn, kept: Some((cache, now)) }
    }

    /// Loads targets on dates, with their evidence. Each item of `requested` is a date with the id
    /// of a target, or with the id of a framework for all its targets.
    pub async fn load(&mut self, requested: Vec<(Uuid, NaiveDate)>) -> Result<Arc<FactSet>, Error> {
        let Some((cache, now)) = &self.kept else {
            return Ok(Arc::new(FactSet::load(self.conn, &requested).await?));
        };
        let key = Key { requested, server_run: now.server_run.clone() };
        let (mut facts, stale) = match cache.0.get(&key) {
            Some(KeptFacts { facts, now: then }) if then.is_before(now) => {
                (facts, StaleFacts::since(list_changes(self.conn, &then).await?))
            }
            _ => (Arc::default(), StaleFacts::ALL),
        };
        if !stale.is_none() {
            Arc::make_mut(&mut facts).update(self.conn, &key.requested, &stale).await?;
        }
        cache.0.insert(key, KeptFacts { facts: Arc::clone(&facts), now: now.clone() });
        Ok(facts)
    }
}

/// Lists the changes since a snapshot, at most one more than [`MAX_LINES`].
async fn list_changes(conn: &mut AsyncPgConnection, since: &Now) -> Result<Vec<Change>, Error> {
    Ok(since.later_changes(include_str!("sql/changes.sql"), SOURCE_RESOURCES).load(conn).await?)
}
