//! The code's constraints, columns, enumerations and text bounds equal those of the database.

use std::collections::{BTreeMap, BTreeSet};

use diesel_async::RunQueryDsl;
use outturn::access::Role;
use outturn::accounts::mappings::model::MappedClaim;
use outturn::accounts::model::AccountKind;
use outturn::audit::model::ChangeAction;
use outturn::councils::model::SuccessionKind;
use outturn::db::{ActorKind, constraints};
use outturn::frameworks::model::FrameworkStatus;
use outturn::meetings::attendance::model::AttendanceStatus;
use outturn::meetings::model::{DatePrecision, MeetingStatus, RegisterState};
use outturn::progress::entry::{JudgedStatus, MilestoneState, Unit};
use outturn::progress::model::ProgressKind;
use outturn::publications::model::PublicationStatus;
use outturn::rules::{Aim, Frequency};
use outturn::targets::model::MeasureKind;
use outturn::values::{
    Code, CouncilKind, Email, GssCode, Issuer, MeetingKind, Prose, ShortText, Slug, Title, Url,
};
use outturn::webhooks::deliveries::model::{DeliveryFault, DeliveryStatus};
use outturn::webhooks::event_types::EventType;
use outturn::webhooks::model::DisabledReason;
use utoipa::PartialSchema;

use crate::support::App;

#[tokio::test]
async fn the_code_lists_exactly_the_constraints_of_the_database() {
    let app = App::new();
    // Left out: unique keys that exist only as targets of foreign keys. They contain ids, so no
    // input can violate them.
    let in_database = "SELECT conname::text AS t FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype IN ('c', 'f', 'u', 'x')
                  AND NOT (contype = 'u' AND conname ~ '_id_and_|_id_of_a_kind|_one_per_system')
                UNION
                SELECT indexrelid::regclass::text FROM pg_index i
                WHERE indisunique AND indrelid::regclass::text !~ '^(pg_|__)' AND NOT indisprimary
                  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)";
    let raised_by_functions = "SELECT DISTINCT quoted[1] AS t FROM pg_proc
                  CROSS JOIN LATERAL regexp_matches(prosrc, '''([a-z_]+)''', 'g') AS quoted
                  JOIN pg_tables ON schemaname = 'public' AND quoted[1] ~ ('^' || tablename || '_[a-z]+_[a-z_]+$')
                  WHERE pronamespace = 'public'::regnamespace";
    let mut in_database: BTreeSet<String> = app.texts(in_database).await.into_iter().collect();
    in_database.extend(app.texts(raised_by_functions).await);
    let in_code: BTreeSet<String> =
        constraints::ALL.iter().map(|constraint| constraint.name.to_owned()).collect();
    assert_eq!(
        in_database.difference(&in_code).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "only in the database"
    );
    assert_eq!(
        in_code.difference(&in_database).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "only in the code"
    );
}

#[tokio::test]
async fn the_code_lists_exactly_the_foreign_keys_of_each_table() {
    let app = App::new();
    let in_database = app
        .texts(
            "SELECT concat_ws(' ', conrelid::regclass, conname, confrelid::regclass) AS t FROM pg_constraint
             WHERE contype = 'f' AND connamespace = 'public'::regnamespace",
        )
        .await;
    let in_database: BTreeSet<String> = in_database.into_iter().collect();
    let in_code =
        constraints::ALL.iter().filter_map(|c| Some(format!("{} {} {}", c.table, c.name, c.refers_to?)));
    let in_code: BTreeSet<String> = in_code.collect();
    assert_eq!(in_database, in_code);
}

#[tokio::test]
async fn every_foreign_key_has_an_index() {
    let app = App::new();
    let missing = app
        .texts(
            "SELECT conrelid::regclass || ' ' || conname AS t FROM pg_constraint c
             WHERE contype = 'f' AND connamespace = 'public'::regnamespace
               AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1] AND i.indpred IS NULL)",
        )
        .await;
    assert_eq!(missing, Vec::<String>::new());
}

#[tokio::test]
async fn the_domains_list_the_same_values_as_the_enumerations() {
    let app = App::new();
    let rows = app
        .texts(
            "SELECT t.typname || ': ' || string_agg(word[1], ' ' ORDER BY n) AS t
             FROM pg_type t JOIN pg_constraint c ON c.contypid = t.oid
             CROSS JOIN LATERAL regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_.]+)''::text', 'g')
                 WITH ORDINALITY AS words(word, n)
             WHERE pg_get_constraintdef(c.oid) LIKE '%ANY%' GROUP BY t.typname",
        )
        .await;
    let in_database: BTreeMap<String, String> = rows
        .into_iter()
        .filter_map(|row| row.split_once(": ").map(|(a, b)| (a.to_owned(), b.to_owned())))
        .collect();
    macro_rules! values {
        ($($domain:literal: $type:ty),+ $(,)?) => {
            BTreeMap::from([$(($domain.to_owned(), <$type>::ALL.iter().map(|w| w.as_str()).collect::<Vec<_>>().join(" "))),+])
        };
    }
    let in_code = values! {
        "account_kind": AccountKind, "account_role": Role, "actor_kind": ActorKind, "aim": Aim, "attendance_status": AttendanceStatus, "change_action": ChangeAction, "council_kind": CouncilKind,
        "date_precision": DatePrecision, "delivery_fault": DeliveryFault, "delivery_status": DeliveryStatus, "disabled_reason": DisabledReason,
        "event_type": EventType, "framework_status": FrameworkStatus, "frequency": Frequency,
        "judged_status": JudgedStatus, "mapped_claim": MappedClaim, "measure_kind": MeasureKind, "meeting_kind": MeetingKind,
        "meeting_status": MeetingStatus, "milestone_state": MilestoneState, "progress_kind": ProgressKind, "publication_status": PublicationStatus,
        "register_state": RegisterState, "succession_kind": SuccessionKind, "unit": Unit,
    };
    assert_eq!(in_database, in_code);
}

#[tokio::test]
async fn the_code_declares_every_column_with_its_type_and_nullability() {
    let app = App::new();
    let in_database = app
        .texts(
            "SELECT table_name || '.' || column_name || ' ' || CASE
                 WHEN udt_name = '_uuid' THEN 'Array<Uuid>' WHEN data_type = 'ARRAY' THEN 'Array<Text>'
                 ELSE CASE data_type WHEN 'uuid' THEN 'Uuid' WHEN 'text' THEN 'Text' WHEN 'date' THEN 'Date'
                      WHEN 'bigint' THEN 'BigInt' WHEN 'integer' THEN 'Integer' WHEN 'boolean' THEN 'Bool'
                      WHEN 'jsonb' THEN 'Jsonb' WHEN 'json' THEN 'Json' WHEN 'bytea' THEN 'Binary' WHEN 'numeric' THEN 'Numeric'
                      WHEN 'timestamp with time zone' THEN 'Timestamptz' WHEN 'pg_snapshot' THEN 'PgSnapshot' ELSE data_type END
             END || CASE is_nullable WHEN 'YES' THEN ' nullable' ELSE '' END AS t
             FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' AND table_name NOT LIKE 'pg\\_%'
               AND table_name NOT IN (SELECT viewname FROM pg_views WHERE schemaname = 'public')",
        )
        .await;
    let in_database: BTreeSet<String> = in_database.into_iter().collect();
    let in_code: BTreeSet<String> = columns(include_str!("../../src/db/schema.rs"));
    let views = ["changed_rows", "councils_expected", "meetings_of_actions"];
    let in_code: BTreeSet<String> =
        in_code.into_iter().filter(|column| !views.iter().any(|view| column.starts_with(view))).collect();
    assert_eq!(
        in_database.difference(&in_code).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "only in the database"
    );
    assert_eq!(
        in_code.difference(&in_database).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "only in the code"
    );
}

/// The columns of the `table!` declarations in a source, as `table.column Type`.
fn columns(source: &str) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    for table in source.split("diesel::table! {").skip(1) {
        let table = table.rsplit_once("PgSnapshot; ").map_or(table, |(_, table)| table);
        let name = table.split_whitespace().next().unwrap_or_default();
        let body = table.split_once(") {").map_or("", |(_, rest)| rest.split("} }").next().unwrap_or(""));
        let body = body.replace("#[sql_name = \"ref\"] ref_", "ref");
        for (column, sql_type) in
            body.split(", ").flat_map(|c| c.split(",\n")).filter_map(|c| c.split_once(" -> "))
        {
            let sql_type = sql_type.trim().trim_end_matches(',');
            let (sql_type, null) = match sql_type.strip_prefix("Nullable<").and_then(|t| t.strip_suffix('>'))
            {
                Some(inner) => (inner, " nullable"),
                None => (sql_type, ""),
            };
            columns.insert(format!("{name}.{} {sql_type}{null}", column.trim()));
        }
    }
    columns
}

#[tokio::test]
async fn every_table_with_a_version_has_the_version_trigger() {
    let app = App::new();
    let missing = app
        .texts(
            "SELECT c.table_name::text AS t FROM information_schema.columns c
             WHERE c.table_schema = 'public' AND c.column_name = 'version' AND c.table_name NOT LIKE '\\_\\_%'
               AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgname = 'bump_version' AND g.tgrelid = c.table_name::regclass)",
        )
        .await;
    assert_eq!(missing, Vec::<String>::new());
}

/// The published bounds of a type: its minimum length, its maximum length and an example.
fn bounds<T: PartialSchema>() -> (usize, usize, String) {
    let schema = serde_json::to_value(T::schema()).expect("a schema");
    let length = |name: &str| usize::try_from(schema[name].as_u64().expect(name)).expect("a length");
    (length("minLength"), length("maxLength"), schema["examples"][0].as_str().expect("an example").to_owned())
}

#[tokio::test]
async fn the_domains_enforce_the_published_text_bounds() {
    let app = App::new();
    let accepts = async |domain: &str, text: &str| {
        let text = text.replace('\'', "''");
        let sql = format!("DO $$ BEGIN PERFORM '{text}'::{domain}; END $$");
        diesel::sql_query(sql).execute(&mut app.connection().await).await.is_ok()
    };
    for (domain, (shortest, longest, example)) in [
        ("one_line", bounds::<ShortText>()),
        ("title", bounds::<Title>()),
        ("prose", bounds::<Prose>()),
        ("code", bounds::<Code>()),
        ("slug", bounds::<Slug>()),
        ("gss_code", bounds::<GssCode>()),
        ("url", bounds::<Url>()),
        ("email", bounds::<Email>()),
        ("issuer", bounds::<Issuer>()),
    ] {
        let text_of_length = |length: usize| -> String {
            let padded =
                example.chars().chain(std::iter::repeat(if domain == "gss_code" { '0' } else { 'a' }));
            padded.take(length).collect()
        };
        assert!(accepts(domain, &text_of_length(longest)).await, "{domain} accepts the maximum length");
        assert!(!accepts(domain, &text_of_length(longest + 1)).await, "{domain} refuses a longer text");
        assert!(!accepts(domain, &text_of_length(shortest - 1)).await, "{domain} refuses a shorter text");
        assert!(domain == "prose" || !accepts(domain, "a\tb\n").await, "{domain} refuses control characters");
    }
    for (day, is_accepted) in
        [("1899-12-31", false), ("1900-01-01", true), ("2100-12-31", true), ("2101-01-01", false)]
    {
        assert_eq!(accepts("day", day).await, is_accepted, "{day}");
    }
    for (amount, is_accepted) in
        [("1000000000000", true), ("1000000000001", false), ("-1000000000001", false)]
    {
        assert_eq!(accepts("decimal_number", amount).await, is_accepted, "{amount}");
        assert_eq!(accepts("pence", amount).await, is_accepted, "{amount}");
    }
}
