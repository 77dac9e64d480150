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
async fn two_servers_that_start_at_once_migrate_one_after_the_other() {
    let app = App::new();
    run(async { migrations::revert(app.connection().await).await.expect("down") });
    let (one, two) = std::thread::scope(|scope| {
        let migrate = || run(async { migrations::run(app.connection().await).await.expect("up") });
        let (one, two) = (scope.spawn(migrate), scope.spawn(migrate));
        (one.join().expect("one"), two.join().expect("two"))
    });
    assert_eq!(one.min(two), 0);
    let written = std::fs::read_dir("migrations").expect("migrations").count();
    assert_eq!(one.max(two), written);
}
