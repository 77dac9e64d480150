//! Both published frameworks, whole.

use super::{explanation, recount};
use crate::support::{App, id};

#[tokio::test]
async fn every_target_of_both_frameworks_is_recounted_on_several_days() {
    let app = App::with_sample();
    let reporter = app.reporter();
    for target in reporter.all("/v1/targets").await {
        let framework = reporter
            .read(&format!("/v1/frameworks/{}", target["framework_id"].as_str().expect("an id")))
            .await;
        let year: i32 = framework["code"].as_str().and_then(|code| code[..4].parse().ok()).expect("a year");
        for day in [
            format!("{year}-03-31"),
            format!("{year}-09-30"),
            format!("{year}-12-31"),
            format!("{}-03-31", year + 1),
        ] {
            recount(&reporter, &target, &day, 500).await;
        }
    }
}

#[tokio::test]
async fn thirteen_of_twenty_two_lead_members_are_on_record() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = id(&reporter.all("/v1/frameworks?code=2017-18").await[0]);
    let target =
        reporter.all(&format!("/v1/targets?framework_id={framework}&code=4.1.1.attendance")).await.remove(0);
    let pages = recount(&reporter, &target, "2018-03-31", 4).await;
    println!("{:#}", pages.head);
    println!("{:#}", reporter.read(&explanation(&target, "2018-03-31")).await["data"]);
}
