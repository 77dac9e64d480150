//! The tree of a framework: its themes, outcomes, actions and targets in one response.

use diesel::prelude::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::actions::model::Action;
use crate::db::Error;
use crate::db::schema::{actions, frameworks, outcomes, targets, themes};
use crate::frameworks::model::Framework;
use crate::frameworks::outcomes::model::Outcome;
use crate::frameworks::themes::model::Theme;
use crate::targets::model::Target;

/// A framework with all its themes, outcomes, actions and targets, in the order of the plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameworkTree {
    /// The framework.
    pub framework: Framework,
    /// The themes of the framework, in order.
    #[schema(max_items = 1000)]
    pub themes: Vec<ThemeBranch>,
}

/// A theme with its outcomes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ThemeBranch {
    /// The theme.
    pub theme: Theme,
    /// The outcomes of the theme, in order.
    #[schema(max_items = 1000)]
    pub outcomes: Vec<OutcomeBranch>,
}

/// An outcome with its actions. An outcome may have no actions.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutcomeBranch {
    /// The outcome.
    pub outcome: Outcome,
    /// The actions of the outcome, in order.
    #[schema(max_items = 1000)]
    pub actions: Vec<ActionBranch>,
}

/// An action with its targets. A target that several actions share appears under each of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionBranch {
    /// The action.
    pub action: Action,
    /// The targets of the action.
    #[schema(max_items = 1000)]
    pub targets: Vec<Target>,
}

pub struct FrameworkRows {
    pub framework: Framework,
    pub themes: Vec<Theme>,
    /// The outcomes of all themes of the framework, ordered by position.
    pub outcomes: Vec<Outcome>,
}

impl FrameworkTree {
    pub fn rows(&self) -> FrameworkRows {
        FrameworkRows {
            framework: self.framework.clone(),
            themes: self.themes.iter().map(|branch| branch.theme.clone()).collect(),
            outcomes: self.outcomes().map(|branch| branch.outcome.clone()).collect(),
        }
    }

    pub fn outcomes(&self) -> impl Iterator<Item = &OutcomeBranch> {
        self.themes.iter().flat_map(|theme| &theme.outcomes)
    }
}

pub async fn load_framework_rows(conn: &mut AsyncPgConnection, id: Uuid) -> Result<FrameworkRows, Error> {
    let framework = frameworks::table.find(id).select(Framework::as_select()).get_result(conn).await?;
    let themes = themes::table.filter(themes::framework_id.eq(id)).order((themes::position, themes::id));
    let outcomes =
        outcomes::table.filter(outcomes::framework_id.eq(id)).order((outcomes::position, outcomes::id));
    Ok(FrameworkRows {
        framework,
        themes: themes.select(Theme::as_select()).load(conn).await?,
        outcomes: outcomes.select(Outcome::as_select()).load(conn).await?,
    })
}

pub async fn load_tree(conn: &mut AsyncPgConnection, id: Uuid) -> Result<FrameworkTree, Error> {
    let rows = load_framework_rows(conn, id).await?;
    let of_framework =
        actions::table.filter(actions::framework_id.eq(id)).order((actions::position, actions::id));
    let actions: Vec<Action> = of_framework.select(Action::as_select()).load(conn).await?;
    let of_framework =
        targets::table.filter(targets::framework_id.eq(id)).order((targets::position, targets::id));
    let targets: Vec<Target> = of_framework.select(Target::as_select()).load(conn).await?;
    Ok(build_tree(rows, &actions, &targets))
}

fn build_tree(rows: FrameworkRows, actions: &[Action], targets: &[Target]) -> FrameworkTree {
    let action = |action: &Action| ActionBranch {
        action: action.clone(),
        targets: targets.iter().filter(|target| target.action_ids.contains(&action.id)).cloned().collect(),
    };
    let outcome = |outcome: &Outcome| OutcomeBranch {
        outcome: outcome.clone(),
        actions: actions.iter().filter(|a| a.outcome_id == outcome.id).map(action).collect(),
    };
    let theme = |theme: Theme| ThemeBranch {
        outcomes: rows.outcomes.iter().filter(|o| o.theme_id == theme.id).map(outcome).collect(),
        theme,
    };
    FrameworkTree { framework: rows.framework, themes: rows.themes.into_iter().map(theme).collect() }
}
