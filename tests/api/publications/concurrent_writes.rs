//! Publishing and writes at once: each write is checked against everything that is published when it ends.

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{Plan, path};
use crate::support::{Answer, App, id, run_alone};

/// The lock of the check of a write that can reach a published day.
const CHECK: &str = "6175413";

/// A group that is handed over within the plan year, which changes what is published of the year's end.
fn hand_over(plan: &Plan) -> JoinHandle<Answer> {
    let (officer, path) = (plan.made.0.clone(), format!("/v1/groups/{}", id(&plan.group)));
    let body = json!({ "responsible_until": "2017-08-01", "handed_to": "Another body" });
    tokio::spawn(async move { officer.patch(&path, 1, body).await })
}

/// Makes an approved publication a published one.
fn publish(app: &App, publication: &Value) -> JoinHandle<Answer> {
    let (admin, path) = (app.admin(), path(publication));
    tokio::spawn(async move { admin.patch(&path, 2, json!({ "status": "published" })).await })
}

async fn approve(app: &App, publication: &Value) {
    app.admin().patch(&path(publication), 1, json!({ "status": "approved" })).await.expect(200);
}

/// A row of a group that another connection has locked, so that a write of it waits.
async fn lock_group(app: &App, plan: &Plan) -> impl AsyncFnOnce() {
    let mut other =
        app.holding(&format!("SELECT FROM groups WHERE id = '{}' FOR UPDATE", id(&plan.group))).await;
    async move || run_alone(&mut other, "COMMIT").await
}

async fn status_of(plan: &Plan) -> Value {
    plan.made.metric(&plan.target, "2018-03-31").await["status"].clone()
}

#[tokio::test]
async fn publishing_waits_for_a_write_that_began_while_nothing_was_published() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let publication = plan.seal("2018-03-31").await;
    let unlock = lock_group(&app, &plan).await;
    let writing = hand_over(&plan);
    app.until_blocked(1).await;
    approve(&app, &publication).await;
    let publishing = publish(&app, &publication);
    app.until_blocked(2).await;
    unlock().await;
    writing.await.expect("an answer").expect(200);
    assert_eq!(status_of(&plan).await, "not_applicable", "it was written before it was published");
    publishing.await.expect("an answer").expect(200);
}

#[tokio::test]
async fn a_write_that_began_before_publishing_is_checked_against_what_was_published_meanwhile() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let publication = plan.seal("2018-03-31").await;
    approve(&app, &publication).await;
    let before = status_of(&plan).await;
    let unlock = lock_group(&app, &plan).await;
    let writing = hand_over(&plan);
    app.until_blocked(1).await;
    publish(&app, &publication).await.expect("an answer").expect(200);
    unlock().await;
    let refused = writing.await.expect("an answer");
    assert_eq!((refused.status, refused.code()), (409, "period_published"), "{}", refused.text);
    assert_eq!(status_of(&plan).await, before);
}

#[tokio::test]
async fn publishing_waits_for_a_write_that_has_been_checked_without_it() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    plan.made.publish(&plan.framework, "2017-06-30", &app.admin()).await;
    let publication = plan.seal("2018-03-31").await;
    let mut other = app.connection().await;
    run_alone(&mut other, &format!("SELECT pg_advisory_lock({CHECK})")).await;
    let writing = hand_over(&plan);
    app.until_blocked(1).await;
    approve(&app, &publication).await;
    let publishing = publish(&app, &publication);
    app.until_blocked(2).await;
    run_alone(&mut other, &format!("SELECT pg_advisory_unlock({CHECK})")).await;
    writing.await.expect("an answer").expect(200);
    assert_eq!(status_of(&plan).await, "not_applicable", "it was written before it was published");
    publishing.await.expect("an answer").expect(200);
}
