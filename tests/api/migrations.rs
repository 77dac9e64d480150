//! Migrations run, revert, run again, and run concurrently.

use outturn::db::migrations;

use crate::support::{App, run};

#[tokio::test]
async fn migrations_go_down_to_nothing_and_up_again() {
    let app = App::new();
    let tables =
        "SELECT count(*) AS n FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_%'";
    let domains =
        "SELECT count(*) AS n FROM pg_type WHERE typtype = 'd' AND typnamespace = 'public'::regnamespace";
    let (table_count, domain_count) = (app.number(tables).await, app.number(domains).await);
    assert!(table_count > 20 && domain_count > 20);
    let reverted =
        run(async { migrations::revert(app.connection().await).await.expect("the migrations revert") });
    assert_eq!((app.number(tables).await, app.number(domains).await), (0, 0));
    let applied = run(async { migrations::run(app.connection().await).await.expect("the migrations run") });
    assert_eq!(applied, reverted);
    assert_eq!((app.number(tables).await, app.number(domains).await), (table_count, domain_count));
    let again = run(async { migrations::run(app.connection().await).await.expect("the migrations run") });
    assert_eq!(again, 0);
}

#[tokio::test]
async fn concurrent_migrations_run_one_after_the_other() {
    let app = App::new();
    run(async { migrations::revert(app.connection().await).await.expect("the migrations revert") });
    let (first, second) = std::thread::scope(|scope| {
        let migrate =
            || run(async { migrations::run(app.connection().await).await.expect("the migrations run") });
        let (first, second) = (scope.spawn(migrate), scope.spawn(migrate));
        (first.join().expect("the first run ends"), second.join().expect("the second run ends"))
    });
    assert_eq!(first.min(second), 0);
    let migration_count = std::fs::read_dir("migrations").expect("migrations").count();
    assert_eq!(first.max(second), migration_count);
}
