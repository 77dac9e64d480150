//! Migrations go up and down, and up again.

use outturn::db::migrations;

use crate::support::{App, run};

#[tokio::test]
async fn migrations_go_down_to_nothing_and_up_again() {
    let app = App::new();
    let tables =
        "SELECT count(*) AS n FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_%'";
    let domains =
        "SELECT count(*) AS n FROM pg_type WHERE typtype = 'd' AND typnamespace = 'public'::regnamespace";
    let (full, words) = (app.number(tables).await, app.number(domains).await);
    assert!(full > 20 && words > 20);
    let down = run(async { migrations::revert(app.connection().await).await.expect("down") });
    assert_eq!((app.number(tables).await, app.number(domains).await), (0, 0));
    let up = run(async { migrations::run(app.connection().await).await.expect("up") });
    assert_eq!(up, down);
    assert_eq!((app.number(tables).await, app.number(domains).await), (full, words));
    let again = run(async { migrations::run(app.connection().await).await.expect("up") });
    assert_eq!(again, 0);
}

#[tokio::test]
async fn two_servers_that_start_at_once_migrate_one_after_the_other() {
    let app = App::new();
    run(async { migrations::revert(app.connection().await).await.expect("down") });
    let (one, two) = std::thread::scope(|scope| {
        let migrate = || run(async { migrations::run(app.connection().await).await.expect("up") });
        let (one, two) = (scope.spawn(migrate), scope.spawn(migrate));
        (one.join().expect("one"), two.join().expect("two"))
    });
    assert_eq!(one.min(two), 0);
    assert_eq!(one.max(two), 10);
}
