//! Every target of the two frameworks of the sample.

use super::recount;
use crate::support::App;

#[tokio::test]
async fn the_metrics_of_both_frameworks_match_their_explanations() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let mut recounted = 0;
    for framework in reporter.all("/v1/frameworks").await {
        let year: i32 =
            framework["code"].as_str().and_then(|code| code[..4].parse().ok()).expect("a plan period");
        let id = framework["id"].as_str().expect("an id");
        for target in reporter.all(&format!("/v1/targets?framework_id={id}")).await {
            // Recount each target at the end of the year and on one of three other days.
            let day = ["-03-31", "-09-30", "-12-31"][recounted % 3];
            recount(&reporter, &target, &format!("{year}{day}"), 500).await;
            recount(&reporter, &target, &format!("{}-03-31", year + 1), 500).await;
            recounted += 1;
        }
    }
    assert_eq!(recounted, 147, "the sample has 147 stated and implied targets");
}
