//! Writes next year's framework: a few reads of this year's, then the slices' own statements.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel::sql_types::{Date, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::carry;
use super::model::NewFrameworkSuccessor;
use crate::actions;
use crate::db::Error;
use crate::db::schema::{frameworks as framework_rows, revisions, targets as target_rows};
use crate::frameworks::model::Framework;
use crate::frameworks::{self, outcomes, themes};
use crate::metrics;
use crate::metrics::model::Metric;
use crate::metrics::tree::{self, FrameworkTree};
use crate::publications;
use crate::targets;
use crate::targets::model::Target;
use crate::values::{Code, Day, Fault, Number};

/// Enters the draft that carries a framework on.
pub async fn create(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    new: &NewFrameworkSuccessor,
) -> Result<Framework, Error> {
    hold(conn, id).await?;
    let tree = tree::tree(conn, id).await?;
    check_is_last(conn, &tree.framework).await?;
    let going_on = going_on(&tree, new)?;
    let outturns = outturns(conn, &tree.framework).await?;
    let revised = thresholds(conn, id).await?;
    let framework = frameworks::queries::create(conn, &carry::framework(&tree.framework, new)).await?;
    let actions = plan(conn, &tree, framework.id).await?;
    for target in going_on {
        let outturn = outturns.metrics.get(&target.id);
        let baseline =
            outturn.and_then(|metric| carry::baseline(&tree.framework, metric, outturns.publication_id));
        let revised = revised.get(&target.id).copied();
        let carried = carry::target(&tree.framework, target, &actions, revised, baseline);
        targets::queries::create(conn, &carried).await?;
    }
    Ok(framework)
}

/// Two who carry on the same year wait for each other; the second then finds what the first made.
async fn hold(conn: &mut AsyncPgConnection, id: Uuid) -> Result<(), Error> {
    let row = framework_rows::table.find(id).select(framework_rows::id).for_no_key_update();
    row.get_result::<Uuid>(conn).await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Follower {
    #[diesel(sql_type = Text)]
    code: Code,
}

/// A year is carried on once: the year after has no target yet that continues one of its own.
async fn check_is_last(conn: &mut AsyncPgConnection, framework: &Framework) -> Result<(), Error> {
    let follower: Option<Follower> = diesel::sql_query(
        "SELECT f.code FROM frameworks f WHERE f.plan_from = $2 AND EXISTS (
             SELECT FROM targets t JOIN targets before ON before.id = t.continues_target_id
             WHERE t.framework_id = f.id AND before.framework_id = $1)
         ORDER BY f.code LIMIT 1",
    )
    .bind::<SqlUuid, _>(framework.id)
    .bind::<Date, _>(framework.plan_until)
    .get_result(conn)
    .await
    .optional()?;
    match follower {
        Some(Follower { code }) => {
            Err(Error::conflict("successor_exists", format!("{code} carries {} on already.", framework.code)))
        }
        None => Ok(()),
    }
}

/// The targets that continue, each once though it hang on several actions.
fn going_on<'t>(tree: &'t FrameworkTree, new: &NewFrameworkSuccessor) -> Result<Vec<&'t Target>, Error> {
    let outcomes = tree.themes.iter().flat_map(|theme| &theme.outcomes);
    let hanging = outcomes.flat_map(|outcome| &outcome.actions).flat_map(|action| &action.targets);
    let mut targets: Vec<&Target> = hanging.collect();
    targets.sort_by_key(|target| (target.position, target.id));
    targets.dedup_by_key(|target| target.id);
    let is_known = |id: &Uuid| targets.iter().any(|target| target.id == *id);
    let unknown = new.left_out().iter().enumerate().filter(|(_, id)| !is_known(id));
    let faults: Vec<Fault> = unknown
        .map(|(i, _)| {
            let at = format!("/leave_out_target_ids/{i}");
            Fault::body(at, "unknown_reference", "No target of this framework has this id.")
        })
        .collect();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    targets.retain(|target| !new.left_out().contains(&target.id));
    Ok(targets)
}

/// What a year came to: a metric for each target, and the publication that says so.
struct Outturns {
    metrics: HashMap<Uuid, Metric>,
    publication_id: Option<Uuid>,
}

/// The metric of each target at the year's end, as it was published, else as it is known; of a year that is not over,
/// today's.
async fn outturns(conn: &mut AsyncPgConnection, framework: &Framework) -> Result<Outturns, Error> {
    let published =
        publications::queries::published(conn, framework.id, framework.plan_until.before()).await?;
    let metrics = match &published {
        Some(publication) => publications::sealed::metrics(conn, publication.id).await?,
        None => metrics::derived_on(conn, &[(framework.id, Day::today().0)]).await?.metrics,
    };
    Ok(Outturns {
        metrics: metrics.into_iter().map(|metric| (metric.target_id, metric)).collect(),
        publication_id: published.map(|publication| publication.id),
    })
}

/// The threshold as last held of each target that was revised.
async fn thresholds(conn: &mut AsyncPgConnection, framework: Uuid) -> Result<HashMap<Uuid, Number>, Error> {
    let own = target_rows::table.filter(target_rows::framework_id.eq(framework)).select(target_rows::id);
    let revised = revisions::table.filter(revisions::target_id.eq_any(own)).order(revisions::revised_on);
    let rows: Vec<(Uuid, Number)> =
        revised.select((revisions::target_id, revisions::threshold)).load(conn).await?;
    Ok(rows.into_iter().collect())
}

/// Enters themes, outcomes and actions, and says which action each became.
async fn plan(
    conn: &mut AsyncPgConnection,
    tree: &FrameworkTree,
    framework: Uuid,
) -> Result<HashMap<Uuid, Uuid>, Error> {
    let mut became = HashMap::new();
    for theme in &tree.themes {
        let new_theme = themes::queries::create(conn, &carry::theme(&theme.theme, framework)).await?;
        for outcome in &theme.outcomes {
            let carried = carry::outcome(&outcome.outcome, new_theme.id);
            let new_outcome = outcomes::queries::create(conn, &carried).await?;
            for action in &outcome.actions {
                let carried = carry::action(&action.action, new_outcome.id);
                let new_action = actions::queries::create(conn, &carried).await?;
                became.insert(action.action.id, new_action.id);
            }
        }
    }
    Ok(became)
}
