//! SQL statements for publications.

use diesel::QueryableByName;
use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{BoolExpressionMethods, ExpressionMethods, QueryDsl, SelectableHelper};
use diesel::sql_types::{Array, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::check;
use super::model::{NewPublication, Publication, PublicationFilter, PublicationPatch, PublicationStatus};
use super::seal::{self, Sealed};
use crate::db::schema::{publication_parts, publications};
use crate::db::{Error, PageRequest, write};
use crate::rules;
use crate::values::Day;

/// Which publications a caller may see: all, or only published and reopened publications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicationView {
    Staff,
    /// Published and reopened publications, for callers who are not the association's staff.
    Public,
}

impl PublicationView {
    pub const fn of(is_staff: bool) -> Self {
        if is_staff { Self::Staff } else { Self::Public }
    }
}

const PUBLIC: [PublicationStatus; 2] = [PublicationStatus::Published, PublicationStatus::Reopened];

fn visible<'f>(view: PublicationView) -> publications::BoxedQuery<'f, Pg> {
    let query = publications::table.into_boxed();
    match view {
        PublicationView::Staff => query,
        PublicationView::Public => query.filter(publications::status.eq_any(PUBLIC)),
    }
}

pub async fn list(
    conn: &mut AsyncPgConnection,
    view: PublicationView,
    filter: &PublicationFilter,
    page: &PageRequest,
) -> Result<Vec<Publication>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(view, filter, page), page)?;
    Ok(query.select(Publication::as_select()).load(conn).await?)
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    view: PublicationView,
    filter: &PublicationFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(view, filter, page).count().get_result(conn).await?)
}

fn matching<'f>(
    view: PublicationView,
    filter: &'f PublicationFilter,
    page: &PageRequest,
) -> publications::BoxedQuery<'f, Pg> {
    let mut query = visible(view);
    if let Some(framework) = filter.framework_id {
        query = query.filter(publications::framework_id.eq(framework));
    }
    if let Some(status) = filter.status {
        query = query.filter(publications::status.eq(status));
    }
    if let Some(since) = page.updated_since {
        query = query.filter(publications::updated_at.ge(since));
    }
    query
}

pub async fn get(
    conn: &mut AsyncPgConnection,
    view: PublicationView,
    id: Uuid,
) -> Result<Publication, Error> {
    Ok(visible(view)
        .filter(publications::id.eq(id))
        .select(Publication::as_select())
        .get_result(conn)
        .await?)
}

/// Returns a publication, and the id of the last line of the change log that its metrics include.
pub async fn get_with_line(
    conn: &mut AsyncPgConnection,
    view: PublicationView,
    id: Uuid,
) -> Result<(Publication, i64), Error> {
    let found = visible(view).filter(publications::id.eq(id));
    Ok(found.select((Publication::as_select(), publications::last_line)).get_result(conn).await?)
}

/// Returns the publications with status `published` or `reopened` whose day is in the range `from
/// <= as_at < until`, ordered by `as_at`.
pub async fn list_published(
    conn: &mut AsyncPgConnection,
    from: Day,
    until: Day,
    framework: Option<Uuid>,
) -> Result<Vec<Publication>, Error> {
    let days = publications::as_at.ge(from).and(publications::as_at.lt(until));
    let mut found = visible(PublicationView::Public).filter(days);
    if let Some(framework) = framework {
        found = found.filter(publications::framework_id.eq(framework));
    }
    let found = found.order((publications::as_at, publications::id)).select(Publication::as_select());
    Ok(found.load(conn).await?)
}

/// Returns the publication of the framework for this day if its status is `published`.
pub async fn find_published(
    conn: &mut AsyncPgConnection,
    framework: Uuid,
    as_at: Day,
) -> Result<Option<Publication>, Error> {
    let of_day = publications::framework_id.eq(framework).and(publications::as_at.eq(as_at));
    let found = publications::table.filter(of_day.and(publications::status.eq(PublicationStatus::Published)));
    let mut rows: Vec<Publication> = found.select(Publication::as_select()).load(conn).await?;
    Ok(rows.pop())
}

/// A part of a publication's sealed content, stored as one sealed line.
#[derive(Debug, Clone, Copy)]
pub enum SealedPart {
    Summary,
    Metrics,
    Explanation(Uuid),
}

pub async fn read_part(
    conn: &mut AsyncPgConnection,
    view: PublicationView,
    id: Uuid,
    part: SealedPart,
) -> Result<String, Error> {
    let of_publication = publication_parts::publication_id
        .eq_any(visible(view).filter(publications::id.eq(id)).select(publications::id));
    let parts = publication_parts::table.filter(of_publication).select(publication_parts::content);
    let parts = parts.into_boxed::<Pg>();
    let parts = match part {
        SealedPart::Summary => parts.filter(publication_parts::position.eq(0)),
        SealedPart::Metrics => parts.filter(publication_parts::position.eq(1)),
        SealedPart::Explanation(target) => parts.filter(publication_parts::target_id.eq(target)),
    };
    Ok(parts.get_result(conn).await?)
}

pub async fn read_explanations(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    targets: &[Uuid],
) -> Result<Vec<String>, Error> {
    let parts = publication_parts::table.filter(publication_parts::publication_id.eq(id));
    let of_targets = parts.filter(publication_parts::target_id.eq_any(targets));
    Ok(of_targets.select(publication_parts::content).load(conn).await?)
}

#[derive(QueryableByName)]
struct Content {
    #[diesel(sql_type = Text)]
    content: String,
}

/// Reads the sealed content of a publication, as the bytes from which its digest was computed.
/// Fails with [`Error::Missing`] if the publication does not exist or the caller may not see it.
pub async fn read_content(
    conn: &mut AsyncPgConnection,
    view: PublicationView,
    id: Uuid,
) -> Result<String, Error> {
    let publication = get(conn, view, id).await?;
    let found: Content = diesel::sql_query(
        "SELECT string_agg(content || E'\\n', '' ORDER BY position) AS content FROM publication_parts WHERE publication_id = $1",
    )
    .bind::<SqlUuid, _>(publication.id)
    .get_result(conn)
    .await?;
    Ok(found.content)
}

/// Seals the metrics of a framework as a draft publication. A database trigger records who sealed
/// them.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewPublication) -> Result<Publication, Error> {
    let sealed = seal::seal(conn, new).await?;
    let title = new
        .title
        .clone()
        .unwrap_or_else(|| format!("{} as at {}", sealed.framework.code, sealed.as_at).as_str().into());
    let row = (
        publications::id.eq(Uuid::now_v7()),
        publications::framework_id.eq(sealed.framework.id),
        publications::title.eq(title),
        publications::plan_from.eq(sealed.framework.plan_from),
        publications::as_at.eq(sealed.as_at),
        publications::last_line.eq(sealed.last_line),
        publications::rule_version.eq(rules::VERSION),
        publications::content_sha256.eq(sealed.sha256()),
    );
    let created: Publication = diesel::insert_into(publications::table)
        .values(row)
        .returning(Publication::as_returning())
        .get_result(conn)
        .await
        .map_err(Error::writing("publications"))?;
    insert_parts(conn, created.id, &sealed).await?;
    write::check_deferred(conn, "publications").await?;
    Ok(created)
}

async fn insert_parts(conn: &mut AsyncPgConnection, id: Uuid, sealed: &Sealed) -> Result<(), Error> {
    let (targets, contents): (Vec<Option<Uuid>>, Vec<&str>) =
        sealed.parts.iter().map(|part| (part.target_id, part.content.as_str())).unzip();
    diesel::sql_query(
        "INSERT INTO publication_parts (publication_id, position, target_id, content)
         SELECT $1, n - 1, target_id, content FROM unnest($2, $3) WITH ORDINALITY AS part (target_id, content, n)",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Array<Nullable<SqlUuid>>, _>(targets)
    .bind::<Array<Text>, _>(contents)
    .execute(conn)
    .await
    .map_err(Error::writing("publication_parts"))?;
    Ok(())
}

/// Updates a publication if its version is in `versions`. Before publishing, waits for running
/// writes.
pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &PublicationPatch,
) -> Result<Publication, Error> {
    if patch.status == Some(PublicationStatus::Published) {
        check::wait_for_writes(conn).await?;
    }
    let found = publications::table.find(id).filter(publications::version.eq_any(versions));
    let changed = diesel::update(found)
        .set((patch, publications::updated_at.eq(now)))
        .returning(Publication::as_returning())
        .get_result(conn)
        .await;
    write::changed(conn, "publications", id, changed).await
}

pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "publications", id, versions).await
}
