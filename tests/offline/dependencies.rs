//! What we build on: each crate has a licence that asks for no more than a notice, comes from the one registry, and is none
//! of those that we do without. Security advisories need a network: `scripts/advisories` checks them.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use spdx::{Expression, LicenseReq};

/// Permissive licences; nothing with copyleft is among them.
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

/// Crates that must not come back, and why.
const BANNED: [(&str, &str); 5] = [
    ("native-tls", "TLS is rustls with aws-lc-rs"),
    ("openssl-sys", "TLS is rustls with aws-lc-rs"),
    ("pq-sys", "PostgreSQL is reached by tokio-postgres, without libpq"),
    ("actix-governor", "it is under the GPL"),
    ("postgresql_embedded", "it runs with fsync off"),
];

/// Every package that is built on, for whatever platform and feature.
fn packages() -> Vec<Value> {
    let listed = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .expect("cargo metadata");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let metadata: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages").clone();
    assert!(packages.len() > 100);
    packages
}

#[test]
fn every_dependency_is_permissive() {
    for package in packages() {
        let (name, text) = (&package["name"], package["license"].as_str().unwrap_or_default());
        let expression = Expression::parse_mode(text, spdx::ParseMode::LAX);
        let expression =
            expression.unwrap_or_else(|error| panic!("{name} has the licence {text:?}: {error}"));
        assert!(expression.evaluate(is_permissive), "{name} is under {text}");
    }
}

#[test]
fn every_dependency_comes_from_the_registry_and_none_is_banned() {
    let packages = packages();
    let sources: BTreeSet<&str> = packages.iter().filter_map(|package| package["source"].as_str()).collect();
    assert_eq!(sources.len(), 1, "one registry, and nothing from a repository: {sources:?}");
    assert!(sources.iter().all(|source| source.starts_with("registry+")), "{sources:?}");
    let ours = packages.iter().filter(|package| package["source"].is_null());
    assert_eq!(ours.map(|package| &package["name"]).collect::<Vec<_>>(), ["outturn"], "nothing from a path");
    for (name, reason) in BANNED {
        assert!(packages.iter().all(|package| package["name"] != name), "{name} is banned: {reason}");
    }
}

#[test]
fn the_operations_page_has_the_version_of_swagger_ui() {
    let bundle =
        utoipa_swagger_ui::serve("swagger-ui-bundle.js", Arc::new(utoipa_swagger_ui::Config::from("/")));
    let bundle = bundle.expect("readable").expect("a bundle");
    let text = String::from_utf8_lossy(&bundle.bytes);
    let (_, rest) = text.split_once("PACKAGE_VERSION:\"").expect("a version");
    let version = rest.split('"').next().expect("a version");
    let page = std::fs::read_to_string("docs/operations.md").expect("docs/operations.md");
    let wanted = format!("Swagger UI {version} ");
    assert!(page.contains(&wanted), "docs/operations.md does not say {wanted:?}");
}
