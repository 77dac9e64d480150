//! Concurrent publishing and writing: each write is checked against all publications at its commit.

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{Plan, path};
use crate::support::{ApiResponse, App, execute_sql, id};

/// Key of the advisory lock that a write takes before the check of published days.
const CHECK_LOCK_KEY: &str = "6175413";

/// Hands over the group within the plan period, which changes the figures at the end of the year.
fn hand_over(plan: &Plan) -> JoinHandle<ApiResponse> {
    let (officer, path) = (plan.fixtures.0.clone(), format!("/v1/groups/{}", id(&plan.group)));
    let body = json!({ "responsible_until": "2017-08-01", "handed_to": "Another body" });
    tokio::spawn(async move { officer.patch(&path, 1, body).await })
}

/// Publishes an approved publication.
fn publish(app: &App, publication: &Value) -> JoinHandle<ApiResponse> {
    let (admin, path) = (app.admin(), path(publication));
    tokio::spawn(async move { admin.patch(&path, 2, json!({ "status": "published" })).await })
}

async fn approve(app: &App, publication: &Value) {
    app.admin().patch(&path(publication), 1, json!({ "status": "approved" })).await.expect(200);
}

/// Locks the row of the group on another connection, so that writes to it wait.
async fn lock_group(app: &App, plan: &Plan) -> impl AsyncFnOnce() {
    let mut lock_holder = app
        .begin_and_execute(&format!("SELECT FROM groups WHERE id = '{}' FOR UPDATE", id(&plan.group)))
        .await;
    async move || execute_sql(&mut lock_holder, "COMMIT").await
}

async fn status_of(plan: &Plan) -> Value {
    plan.fixtures.metric(&plan.target, "2018-03-31").await["status"].clone()
}

#[tokio::test]
async fn publishing_waits_for_a_write_that_began_before_any_publication() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let publication = plan.seal("2018-03-31").await;
    let unlock = lock_group(&app, &plan).await;
    let writing = hand_over(&plan);
    app.wait_until_blocked(1).await;
    approve(&app, &publication).await;
    let publishing = publish(&app, &publication);
    app.wait_until_blocked(2).await;
    unlock().await;
    writing.await.expect("a response").expect(200);
    assert_eq!(status_of(&plan).await, "not_applicable", "the write is committed before the publication");
    publishing.await.expect("a response").expect(200);
}

#[tokio::test]
async fn a_write_that_began_before_publishing_is_checked_against_the_publication() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let publication = plan.seal("2018-03-31").await;
    approve(&app, &publication).await;
    let before = status_of(&plan).await;
    let unlock = lock_group(&app, &plan).await;
    let writing = hand_over(&plan);
    app.wait_until_blocked(1).await;
    publish(&app, &publication).await.expect("a response").expect(200);
    unlock().await;
    let refused = writing.await.expect("a response");
    assert_eq!((refused.status, refused.code()), (409, "period_published"), "{}", refused.text);
    assert_eq!(status_of(&plan).await, before);
}

#[tokio::test]
async fn publishing_waits_for_a_write_that_was_checked_before_it() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    plan.fixtures.publish(&plan.framework, "2017-06-30", &app.admin()).await;
    let publication = plan.seal("2018-03-31").await;
    let mut lock_holder = app.connection().await;
    execute_sql(&mut lock_holder, &format!("SELECT pg_advisory_lock({CHECK_LOCK_KEY})")).await;
    let writing = hand_over(&plan);
    app.wait_until_blocked(1).await;
    approve(&app, &publication).await;
    let publishing = publish(&app, &publication);
    app.wait_until_blocked(2).await;
    execute_sql(&mut lock_holder, &format!("SELECT pg_advisory_unlock({CHECK_LOCK_KEY})")).await;
    writing.await.expect("a response").expect(200);
    assert_eq!(status_of(&plan).await, "not_applicable", "the write is committed before the publication");
    publishing.await.expect("a response").expect(200);
}
