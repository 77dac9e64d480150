//! Every crate we build on is under a licence that asks for no more than a notice.

use std::process::Command;

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

#[test]
fn every_dependency_is_permissive() {
    let listed = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .expect("cargo metadata");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let metadata: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 100);
    for package in packages {
        let (name, text) = (&package["name"], package["license"].as_str().unwrap_or_default());
        let expression = Expression::parse_mode(text, spdx::ParseMode::LAX);
        let expression =
            expression.unwrap_or_else(|error| panic!("{name} has the licence {text:?}: {error}"));
        assert!(expression.evaluate(is_permissive), "{name} is under {text}");
    }
}
