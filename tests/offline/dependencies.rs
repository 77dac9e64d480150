//! Dependencies: each crate has a permissive licence, comes from the registry and is not banned.
//! Security advisories need a network, so `scripts/advisories` checks them.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use spdx::{Expression, LicenseReq};

/// The permissive licences. None has copyleft.
const PERMISSIVE: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

fn is_permissive(requirement: &LicenseReq) -> bool {
    requirement.license.id().is_some_and(|id| PERMISSIVE.contains(&id.name))
}

/// Crates that must not be used, and why.
const BANNED: [(&str, &str); 5] = [
    ("native-tls", "TLS is rustls with aws-lc-rs"),
    ("openssl-sys", "TLS is rustls with aws-lc-rs"),
    ("pq-sys", "the PostgreSQL client is tokio-postgres, without libpq"),
    ("actix-governor", "its licence is the GPL"),
    ("postgresql_embedded", "it runs PostgreSQL with fsync off"),
];

/// Every package of `cargo metadata`, for all platforms and features.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .expect("cargo metadata");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages").clone();
    assert!(packages.len() > 100);
    packages
}

#[test]
fn every_dependency_has_a_permissive_licence() {
    for package in packages() {
        let (name, text) = (&package["name"], package["license"].as_str().unwrap_or_default());
        let expression = Expression::parse_mode(text, spdx::ParseMode::LAX);
        let expression =
            expression.unwrap_or_else(|error| panic!("{name} has the licence {text:?}: {error}"));
        assert!(expression.evaluate(is_permissive), "{name} has the licence {text}");
    }
}

#[test]
fn every_dependency_comes_from_the_registry_and_none_is_banned() {
    let packages = packages();
    let sources: BTreeSet<&str> = packages.iter().filter_map(|package| package["source"].as_str()).collect();
    assert_eq!(sources.len(), 1, "expected one registry and no repository: {sources:?}");
    assert!(sources.iter().all(|source| source.starts_with("registry+")), "{sources:?}");
    let local_packages = packages.iter().filter(|package| package["source"].is_null());
    assert_eq!(
        local_packages.map(|package| &package["name"]).collect::<Vec<_>>(),
        ["outturn"],
        "expected no path dependency"
    );
    for (name, reason) in BANNED {
        assert!(packages.iter().all(|package| package["name"] != name), "{name} is banned: {reason}");
    }
}

#[test]
fn the_operations_page_states_the_version_of_swagger_ui() {
    let bundle =
        utoipa_swagger_ui::serve("swagger-ui-bundle.js", Arc::new(utoipa_swagger_ui::Config::from("/")));
    let bundle = bundle.expect("readable").expect("a bundle");
    let text = String::from_utf8_lossy(&bundle.bytes);
    let (_, after_label) = text.split_once("PACKAGE_VERSION:\"").expect("a version");
    let version = after_label.split('"').next().expect("a version");
    let page = std::fs::read_to_string("docs/operations.md").expect("docs/operations.md");
    let expected = format!("Swagger UI {version} ");
    assert!(page.contains(&expected), "docs/operations.md does not say {expected:?}");
}
