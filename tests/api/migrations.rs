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
    // Without the functions of extensions, such as btree_gist.
    let functions = "SELECT count(*) AS n FROM pg_proc p
         WHERE pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'known'))
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')";
    let counts = async || [app.number(tables).await, app.number(domains).await, app.number(functions).await];
    let full = counts().await;
    assert!(full.iter().all(|count| *count > 20));
    let down = run(async { migrations::revert(app.connection().await).await.expect("down") });
    assert_eq!(counts().await, [0, 0, 0]);
    let up = run(async { migrations::run(app.connection().await).await.expect("up") });
    assert_eq!(up, down);
    assert_eq!(counts().await, full);
    let again = run(async { migrations::run(app.connection().await).await.expect("up") });
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
