//! Rotating the signing keys while servers run.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::server::{Server, data_dir, failure, printed, run};
use crate::support::Person;

async fn kids(person: &Person) -> Vec<String> {
    let set = person.read("/.well-known/jwks.json").await;
    let keys = set["keys"].as_array().expect("keys");
    assert!(
        keys.iter().all(|key| key["kty"] == "OKP" && key["d"] == Value::Null),
        "public halves alone: {set}"
    );
    keys.iter().map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
}

#[tokio::test]
async fn a_new_key_is_published_then_signs_and_nobody_is_turned_away() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let stranger = Person::new(&server.base, None);
    let before = server.person(data.path(), "officer");
    let [first] = kids(&stranger).await.try_into().expect("one key");
    printed(data.path(), &["keys", "rotate"]);
    let rotated = Instant::now();
    let last = loop {
        // A token of the moment, and one from before: both are good, whoever signs.
        server.person(data.path(), "officer").get("/v1/me").await.expect(200);
        before.get("/v1/me").await.expect(200);
        let kids = kids(&stranger).await;
        if kids[0] != first {
            break kids;
        }
        assert!(rotated.elapsed() < Duration::from_secs(40), "{kids:?}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    assert!(rotated.elapsed() > Duration::from_secs(10), "it was published before it signed");
    assert_eq!((last.len(), &last[1]), (2, &first));
    let again = failure(&run(data.path(), &["keys", "rotate"]));
    assert!(again.contains("within the last fifteen minutes"), "{again}");
}
