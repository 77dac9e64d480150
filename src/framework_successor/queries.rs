//! Loads a framework and creates the successor with the queries of other modules.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel::sql_types::{Date, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::draft;
use super::model::NewFrameworkSuccessor;
use crate::actions;
use crate::db::Error;
use crate::db::schema::{frameworks as framework_rows, revisions, targets as target_rows};
use crate::frameworks::model::{Framework, plan_until_error};
use crate::frameworks::{self, outcomes, themes};
use crate::metrics::framework_tree::{self, FrameworkTree};
use crate::metrics::model::{Metric, Moment};
use crate::metrics::{self, FactLoader};
use crate::publications;
use crate::rules::PlanPeriod;
use crate::targets;
use crate::targets::model::Target;
use crate::values::{Code, FieldError, Number};

/// Creates the framework of the next plan period as a draft. Fails with 409 `successor_exists` if
/// such a framework exists.
pub async fn create(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    new: &NewFrameworkSuccessor,
) -> Result<Framework, Error> {
    lock_parents(conn, id).await?;
    let tree = framework_tree::load_tree(conn, id).await?;
    check_is_last(conn, &tree.framework).await?;
    let carried_targets = list_carried_targets(&tree, new)?;
    let outturns = load_outturns(conn, &tree.framework).await?;
    let revised = load_revised_thresholds(conn, id).await?;
    let (own, next) = (tree.framework.plan(), next_plan(&tree.framework, new)?);
    let framework = frameworks::queries::create(conn, &draft::framework(&tree.framework, new, &next)).await?;
    let actions = create_plan(conn, &tree, framework.id).await?;
    for target in carried_targets {
        let outturn = outturns.metrics.get(&target.id);
        let baseline =
            outturn.and_then(|metric| draft::baseline(&tree.framework, metric, outturns.publication_id));
        let revised = revised.get(&target.id).copied();
        let carried = draft::target((&own, &next), target, &actions, revised, baseline);
        targets::queries::create(conn, &carried).await?;
    }
    Ok(framework)
}

/// Returns the plan period of the next framework. It begins when this framework's plan period ends.
/// Fails with a field error if `plan_until` of the request is not the end of such a plan period.
fn next_plan(before: &Framework, new: &NewFrameworkSuccessor) -> Result<PlanPeriod, Error> {
    let refused = |detail| Error::Invalid(vec![FieldError::body("/plan_until", "not_a_plan_period", detail)]);
    let from = before.plan_until;
    let Some(until) = new.plan_until.or_else(|| from.later(before.plan().months())) else {
        return Err(refused(
            "The next plan period ends after the year 2100. Send an earlier day.".to_owned(),
        ));
    };
    match plan_until_error(from, until) {
        Some(detail) => Err(refused(detail)),
        None => Ok(PlanPeriod::new(from.0, until.0)),
    }
}

/// Locks the framework. Of two concurrent requests for its successor, the later waits until the
/// successor exists, and then fails.
async fn lock_parents(conn: &mut AsyncPgConnection, id: Uuid) -> Result<(), Error> {
    let row = framework_rows::table.find(id).select(framework_rows::id).for_no_key_update();
    row.get_result::<Uuid>(conn).await?;
    Ok(())
}

#[derive(QueryableByName)]
struct ExistingSuccessor {
    #[diesel(sql_type = Text)]
    code: Code,
}

/// Checks that no framework of the next plan period continues a target of this framework.
async fn check_is_last(conn: &mut AsyncPgConnection, framework: &Framework) -> Result<(), Error> {
    let existing: Option<ExistingSuccessor> = diesel::sql_query(
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
    match existing {
        Some(ExistingSuccessor { code }) => Err(Error::conflict(
            "successor_exists",
            format!("The framework {code} already continues {}.", framework.code),
        )),
        None => Ok(()),
    }
}

/// Returns the targets that the next framework continues. Returns a target of several actions
/// once.
fn list_carried_targets<'t>(
    tree: &'t FrameworkTree,
    new: &NewFrameworkSuccessor,
) -> Result<Vec<&'t Target>, Error> {
    let actions = tree.outcomes().flat_map(|outcome| &outcome.actions);
    let linked = actions.flat_map(|action| &action.targets);
    let mut targets: Vec<&Target> = linked.collect();
    targets.sort_by_key(|target| (target.position, target.id));
    targets.dedup_by_key(|target| target.id);
    let is_known = |id: &Uuid| targets.iter().any(|target| target.id == *id);
    let unknown = new.excluded_ids().iter().enumerate().filter(|(_, id)| !is_known(id));
    let field_errors: Vec<FieldError> = unknown
        .map(|(i, _)| {
            let at = format!("/leave_out_target_ids/{i}");
            FieldError::body(at, "unknown_reference", "No target in this framework has this id.")
        })
        .collect();
    if !field_errors.is_empty() {
        return Err(Error::Invalid(field_errors));
    }
    targets.retain(|target| !new.excluded_ids().contains(&target.id));
    Ok(targets)
}

/// The metric of each target at the end of the plan period. If the metrics are from a publication,
/// also its id.
struct Outturns {
    metrics: HashMap<Uuid, Metric>,
    publication_id: Option<Uuid>,
}

/// Loads the metrics at the end of the plan period from the publication of its last day. Without
/// such a publication, derives metrics as of today.
async fn load_outturns(conn: &mut AsyncPgConnection, framework: &Framework) -> Result<Outturns, Error> {
    let published =
        publications::queries::find_published(conn, framework.id, framework.plan_until.before()).await?;
    let metrics = match &published {
        Some(publication) => publications::sealed::metrics(conn, publication.id).await?,
        None => {
            metrics::derive_metrics(&mut FactLoader::new(conn), framework.id, Moment::now()).await?.metrics
        }
    };
    Ok(Outturns {
        metrics: metrics.into_iter().map(|metric| (metric.target_id, metric)).collect(),
        publication_id: published.map(|publication| publication.id),
    })
}

async fn load_revised_thresholds(
    conn: &mut AsyncPgConnection,
    framework: Uuid,
) -> Result<HashMap<Uuid, Number>, Error> {
    let own = target_rows::table.filter(target_rows::framework_id.eq(framework)).select(target_rows::id);
    let revised = revisions::table.filter(revisions::target_id.eq_any(own)).order(revisions::revised_on);
    let rows: Vec<(Uuid, Number)> =
        revised.select((revisions::target_id, revisions::threshold)).load(conn).await?;
    Ok(rows.into_iter().collect())
}

/// Creates the themes, outcomes and actions of the next framework. Returns the id of each new
/// action by the id of the action that it copies.
async fn create_plan(
    conn: &mut AsyncPgConnection,
    tree: &FrameworkTree,
    framework: Uuid,
) -> Result<HashMap<Uuid, Uuid>, Error> {
    let mut new_ids = HashMap::new();
    for theme in &tree.themes {
        let new_theme = themes::queries::create(conn, &draft::theme(&theme.theme, framework)).await?;
        for outcome in &theme.outcomes {
            let carried = draft::outcome(&outcome.outcome, new_theme.id);
            let new_outcome = outcomes::queries::create(conn, &carried).await?;
            for action in &outcome.actions {
                let carried = draft::action(&action.action, new_outcome.id);
                let new_action = actions::queries::create(conn, &carried).await?;
                new_ids.insert(action.action.id, new_action.id);
            }
        }
    }
    Ok(new_ids)
}
