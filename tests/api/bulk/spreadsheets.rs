//! CSV as spreadsheets and other programs write it.

use serde_json::{Value, json};

use super::{Setup, assert_counts_match, errors, send_csv, send_csv_with_query, setup, statuses};
use crate::support::Fixtures;

/// Returns a CSV with one line and note for each council.
fn register_csv(s: &Setup, notes: &[&str]) -> String {
    let code = s.group["code"].as_str().expect("a code");
    let mut text = "group_code,held_on,council_gss_code,role,status,note\r\n".to_owned();
    for (council, note) in s.councils.iter().zip(notes) {
        let gss = council["gss_code"].as_str().expect("a code");
        text += &format!("{code},2017-05-01,{gss},member,present,{note}\r\n");
    }
    text
}

#[tokio::test]
async fn malformed_quotes_are_rejected_with_the_line_number() {
    let s = setup().await;
    for (note, line) in [("\"never closed", 3), ("\"came \"late\"\"", 3), ("came \"late\"", 3)] {
        let text = register_csv(&s, &["first", note, "third"]);
        for resource in ["attendance", "evaluations", "progress"] {
            let refused = send_csv(resource, &s.fixtures.0, &text).await.expect(400);
            assert_eq!(refused.field_errors(), ["# not_csv"], "{resource} {note}");
            let detail = refused.body["errors"][0]["detail"].as_str().expect("a detail");
            assert!(detail.starts_with(&format!("CSV line {line}: ")), "{detail}");
        }
    }
    assert!(s.register().await.is_empty());
}

#[tokio::test]
async fn spreadsheet_spellings_are_accepted_and_each_index_is_a_row_number() {
    let s = setup().await;
    let code = s.group["code"].as_str().expect("a code");
    let gss = |n: usize| s.councils[n]["gss_code"].as_str().expect("a code");
    let text = format!(
        "\u{feff} Group_Code,HELD_ON, council_gss_code ,role,Ordinal,status,note\r\n\
         {code}, 2017-05-01 ,{},member,1.0,present,\r\n\
         ,, ,,,,\r\n\
         \r\n\
         {code},2017-05-01,{},member,1.5,present,\r\n\
         {code},20/03/2018,{},member,1,present,\" came late \"\r\n\
         {code},2017-05-01,{},member,1.00,present,\" came late \"\r\n\
         ,,,,,,\r\n",
        gss(0),
        gss(1),
        gss(1),
        gss(2)
    );
    let result = send_csv("attendance", &s.fixtures.0, &text).await.expect(200).body;
    assert_counts_match(&result);
    assert_eq!(result["received"], 4, "rows of empty cells are not lines");
    assert_eq!(statuses(&result), ["created", "failed", "failed", "created"], "{result}");
    let indexes: Vec<&Value> = (0..4).map(|n| &result["results"][n]["index"]).collect();
    assert_eq!(indexes, [&json!(0), &json!(3), &json!(4), &json!(5)]);
    assert_eq!(errors(&result), ["#/lines/3/ordinal wrong_type", "#/lines/4/held_on bad_format"]);
    let detail = result["results"][2]["errors"][0]["detail"].as_str().expect("a detail");
    assert!(detail.to_lowercase().contains("a date such as 2018-03-20"), "{detail}");
    let notes: Vec<Value> = s.register().await.iter().map(|line| line["note"].clone()).collect();
    assert_eq!(notes, [Value::Null, json!("came late")]);
}

#[tokio::test]
async fn booleans_and_ratings_are_parsed_as_spreadsheets_write_them() {
    let s = setup().await;
    let fixtures = Fixtures(s.app.officer());
    let (framework, action) = fixtures.plan(&[&s.group]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "council_coverage", "basis": "entries" }), json!({})).await;
    let (framework, target) =
        (framework["code"].as_str().expect("a code"), target["code"].as_str().expect("a code"));
    let gss = |n: usize| s.councils[n]["gss_code"].as_str().expect("a code");
    let text = format!(
        "Framework_code,target_code,council_gss_code,occurred_on,COVERED\r\n\
         {framework},{target},{},2017-05-01,TRUE\r\n{framework},{target},{},2017-05-01,False\r\n\
         {framework},{target},{},2017-05-01,yes\r\n",
        gss(0),
        gss(1),
        gss(2)
    );
    let result = send_csv("progress", &s.fixtures.0, &text).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "created", "failed"], "{result}");
    assert_eq!(errors(&result), ["#/lines/2/covered wrong_type"]);
    let code = s.group["code"].as_str().expect("a code");
    let text = format!(
        "group_code,held_on,question,Ratings,handed_out\r\n{code},2017-05-01,overall,poor: 1.0 ; good:24,40.0\r\n"
    );
    let result = send_csv("evaluations", &s.fixtures.0, &text).await.expect(200).body;
    assert_eq!(statuses(&result), ["created"], "{result}");
    let read = fixtures.0.read("/v1/evaluations").await["data"][0].clone();
    assert_eq!((&read["answered"], &read["handed_out"]), (&json!(25), &json!(40)));
}

#[tokio::test]
async fn an_unknown_column_is_rejected_unless_unknown_columns_are_ignored() {
    let s = setup().await;
    let text = register_csv(&s, &["a", "b", "c"]).replace(",note\r\n", ",Colour\r\n");
    let refused = send_csv("attendance", &s.fixtures.0, &text).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/lines/0/colour unknown_field"]);
    let detail = refused.body["errors"][0]["detail"].as_str().expect("a detail");
    assert!(detail.contains("\"colour\"") && detail.contains("unknown_columns=ignore"), "{detail}");
    assert!(s.register().await.is_empty());
    let ignored = send_csv_with_query("attendance", &s.fixtures.0, "?unknown_columns=ignore", &text)
        .await
        .expect(200)
        .body;
    assert_eq!(statuses(&ignored), ["created", "created", "created"]);
    assert_eq!(s.register().await[0]["note"], Value::Null);
    let duplicate_column = register_csv(&s, &["a"]).replace(",note\r\n", ", STATUS\r\n");
    let refused =
        send_csv_with_query("attendance", &s.fixtures.0, "?unknown_columns=ignore", &duplicate_column)
            .await
            .expect(422);
    assert_eq!(refused.field_errors(), ["#/lines/0/status duplicate"]);
}
