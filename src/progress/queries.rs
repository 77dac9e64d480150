//! SQL statements for progress entries.

use diesel::QueryableByName;
use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};
use diesel::sql_types::{Bool, Nullable, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{
    EXTERNAL_IDS, EntryColumns, NewProgress, Progress, ProgressFilter, ProgressPatch, ProgressRow,
};
use crate::access::Scope;
use crate::db::references::explain;
use crate::db::schema::{progress, progress_external_ids, targets};
use crate::db::{Error, ExternalIdScope, PageRequest, Visibility, by_external_id, write};
use crate::values::ShortText;

pub async fn list(
    conn: &mut AsyncPgConnection,
    view: &Visibility,
    filter: &ProgressFilter,
    page: &PageRequest,
) -> Result<Vec<Progress>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(view, filter, page), page)?;
    let rows: Vec<ProgressRow> = query.select(ProgressRow::as_select()).load(conn).await?;
    rows.into_iter().map(|row| to_visible(view, row)).collect()
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    view: &Visibility,
    filter: &ProgressFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(view, filter, page).count().get_result(conn).await?)
}

fn to_visible(view: &Visibility, row: ProgressRow) -> Result<Progress, Error> {
    let entry = row.into_progress();
    let entry = entry
        .ok_or_else(|| Error::Internal("a progress entry lacks a field that its `kind` requires".into()))?;
    Ok(view.restrict(entry))
}

fn matching<'f>(
    view: &'f Visibility,
    filter: &'f ProgressFilter,
    page: &PageRequest,
) -> progress::BoxedQuery<'f, Pg> {
    let mut query = progress::table.into_boxed();
    if let Some(target) = filter.target_id {
        query = query.filter(progress::target_id.eq(target));
    }
    if let Some(council) = filter.council_id {
        query = query.filter(progress::council_id.eq(council));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(progress::kind.eq(kind));
    }
    if let Some(from) = filter.occurred_from {
        query = query.filter(progress::occurred_on.ge(from));
    }
    if let Some(until) = filter.occurred_until {
        query = query.filter(progress::occurred_on.lt(until));
    }
    by_external_id!(query, filter, view, progress, progress_external_ids.progress_id, of council_id);
    if let Some(since) = page.updated_since {
        query = query.filter(progress::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, view: &Visibility, id: Uuid) -> Result<Progress, Error> {
    to_visible(view, progress::table.find(id).select(ProgressRow::as_select()).get_result(conn).await?)
}

/// Creates a progress entry. The caller is its source and author unless others are named. A council
/// creates only coverage of itself, for targets whose coverage councils report.
pub async fn create(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    view: &Visibility,
    caller: &ShortText,
    new: &NewProgress,
) -> Result<Progress, Error> {
    let id = Uuid::now_v7();
    let created = conn
        .transaction(async |conn| {
            check_scope(conn, scope, caller, new).await?;
            diesel::insert_into(progress::table)
                .values((
                    progress::id.eq(id),
                    progress::target_id.eq(new.target_id),
                    progress::kind.eq(new.entry.kind()),
                    progress::occurred_on.eq(new.occurred_on),
                    progress::occasion.eq(&new.occasion),
                    progress::provisional.eq(new.provisional),
                    progress::source.eq(new.source.as_ref().unwrap_or(caller)),
                    progress::author.eq(new.author.as_ref().unwrap_or(caller)),
                    progress::note.eq(&new.note),
                    progress::evidence_url.eq(&new.evidence_url),
                    progress::supersedes_id.eq(new.supersedes_id),
                    EntryColumns::from(&new.entry),
                ))
                .execute(conn)
                .await
                .map_err(Error::writing("progress"))?;
            EXTERNAL_IDS.set(conn, id, new.external_ids.as_ref()).await?;
            get(conn, view, id).await
        })
        .await;
    explain(conn, created, &new.references()).await
}

const OUTSIDE_SCOPE: Error = Error::Forbidden(
    "A council may write only coverage entries about itself, as the author, for targets that councils report.",
);

/// Checks that a council may create the entry. Locks the target (`FOR SHARE`), so that
/// `council_reported` stays true until the transaction ends.
async fn check_scope(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    caller: &ShortText,
    new: &NewProgress,
) -> Result<(), Error> {
    if *scope == Scope::All {
        return Ok(());
    }
    let target = targets::table.find(new.target_id).select(targets::council_reported).for_share();
    let reported: Option<bool> = target.get_result(conn).await.optional()?;
    let reported = reported.ok_or_else(|| Error::missing_reference("progress_target"))?;
    let corrected: Option<Option<Uuid>> = match new.supersedes_id {
        Some(id) => {
            progress::table.find(id).select(progress::council_id).get_result(conn).await.optional()?
        }
        None => None,
    };
    let names_other_author = new.author.as_ref().is_some_and(|author| author != caller);
    let others = names_other_author || corrected.is_some_and(|council| !scope.contains(council));
    if !reported || others || !scope.contains(new.entry.council()) { Err(OUTSIDE_SCOPE) } else { Ok(()) }
}

/// Updates source, note, URL and external ids of an entry, if its version is in `versions`.
pub async fn update(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    keys: &ExternalIdScope,
    view: &Visibility,
    id: Uuid,
    versions: &[i64],
    patch: &ProgressPatch,
) -> Result<Progress, Error> {
    conn.transaction(async |conn| {
        lock_parents(conn, scope, id, "NO KEY UPDATE").await?;
        let touched = diesel::update(progress::table.find(id).filter(progress::version.eq_any(versions)))
            .set((patch, progress::updated_at.eq(now)))
            .execute(conn)
            .await
            .map_err(Error::writing("progress"))?;
        write::check_touched(conn, "progress", id, touched).await?;
        EXTERNAL_IDS.set_keys(conn, id, patch.external_ids.as_ref(), keys).await?;
        get(conn, view, id).await
    })
    .await
}

/// Deletes an entry if its version is in `versions`. Fails with `in_use` while another entry
/// corrects the entry.
pub async fn delete(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    id: Uuid,
    versions: &[i64],
) -> Result<(), Error> {
    conn.transaction(async |conn| {
        lock_parents(conn, scope, id, "UPDATE").await?;
        write::delete(conn, "progress", id, versions).await
    })
    .await
}

#[derive(QueryableByName)]
struct LockedEntry {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    council_id: Option<Uuid>,
    #[diesel(sql_type = Bool)]
    council_reported: bool,
}

/// Locks an entry and its target. Fails if the caller is a council that may not change the entry.
/// `lock` must be the lock that the later write takes. Two transactions that hold a weaker lock and
/// then need the stronger lock would deadlock.
async fn lock_parents(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    id: Uuid,
    lock: &'static str,
) -> Result<(), Error> {
    if *scope == Scope::All {
        return Ok(());
    }
    let sql = format!(
        "SELECT p.council_id, t.council_reported FROM progress p JOIN targets t ON t.id = p.target_id
         WHERE p.id = $1 FOR {lock} OF p FOR SHARE OF t"
    );
    let locked: LockedEntry = diesel::sql_query(sql).bind::<SqlUuid, _>(id).get_result(conn).await?;
    if locked.council_reported && scope.contains(locked.council_id) { Ok(()) } else { Err(OUTSIDE_SCOPE) }
}
