//! A module uses only modules of lower layers. docs/architecture.md lists the layers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What most modules use.
const INFRASTRUCTURE: &[&str] = &["values", "access", "db", "web"];
/// Who meets.
const BODIES: &[&str] = &["councils", "groups"];
/// What a plan consists of.
const PLAN: &[&str] = &["frameworks", "actions", "targets"];

/// Each top-level module, and the modules that it may use.
const MAY_USE: [(&str, &[&[&str]]); 29] = [
    ("telemetry", &[]),
    ("values", &[]),
    ("access", &[]),
    ("config", &[&["values"]]),
    ("rules", &[&["values"]]),
    ("db", &[&["telemetry", "values", "access"]]),
    ("web", &[&["telemetry", "values", "access", "db"]]),
    ("councils", &[INFRASTRUCTURE, &["rules"]]),
    ("groups", &[INFRASTRUCTURE, &["rules", "councils"]]),
    ("reorganisations", &[INFRASTRUCTURE, BODIES, &["rules"]]),
    ("meetings", &[INFRASTRUCTURE, BODIES, &["rules"]]),
    ("frameworks", &[INFRASTRUCTURE, BODIES, &["rules", "meetings"]]),
    ("actions", &[INFRASTRUCTURE, BODIES, &["rules", "meetings", "frameworks"]]),
    ("targets", &[INFRASTRUCTURE, BODIES, &["rules", "meetings", "frameworks", "actions"]]),
    ("progress", &[INFRASTRUCTURE, BODIES, PLAN, &["rules", "meetings"]]),
    ("auth", &[INFRASTRUCTURE]),
    ("accounts", &[INFRASTRUCTURE, &["telemetry", "auth", "councils"]]),
    ("audit", &[INFRASTRUCTURE]),
    ("me", &[INFRASTRUCTURE, &["councils"]]),
    ("metrics", &[INFRASTRUCTURE, BODIES, PLAN, &["rules", "meetings", "progress"]]),
    ("datasets", &[INFRASTRUCTURE, &["auth", "rules", "councils", "accounts", "metrics", "publications"]]),
    ("publications", &[INFRASTRUCTURE, &["rules", "frameworks", "targets", "progress", "audit", "metrics"]]),
    (
        "framework_report",
        &[&[
            "values",
            "config",
            "rules",
            "db",
            "web",
            "meetings",
            "actions",
            "targets",
            "progress",
            "metrics",
            "publications",
        ]],
    ),
    ("framework_successor", &[INFRASTRUCTURE, PLAN, &["rules", "progress", "metrics", "publications"]]),
    (
        "webhooks",
        &[&[
            "telemetry",
            "values",
            "rules",
            "db",
            "web",
            "frameworks",
            "progress",
            "audit",
            "metrics",
            "publications",
        ]],
    ),
    ("transfer", &[INFRASTRUCTURE, BODIES, PLAN, &["rules", "meetings", "progress"]]),
    (
        "policy",
        &[
            BODIES,
            PLAN,
            &[
                "values",
                "access",
                "web",
                "reorganisations",
                "meetings",
                "progress",
                "accounts",
                "audit",
                "me",
                "metrics",
                "datasets",
                "publications",
                "framework_report",
                "framework_successor",
                "webhooks",
            ],
        ],
    ),
    ("openapi", &[&["web", "webhooks", "policy"]]),
    (
        "app",
        &[&[
            "access",
            "config",
            "db",
            "web",
            "auth",
            "accounts",
            "metrics",
            "publications",
            "webhooks",
            "policy",
            "openapi",
        ]],
    ),
];

/// The files of `src`, with their texts.
pub(super) fn sources() -> Vec<(PathBuf, String)> {
    fn below(dir: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(dir).expect("src").flatten() {
            let path = entry.path();
            if path.is_dir() {
                below(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source");
                found.push((path.strip_prefix("src").expect("below src").to_owned(), text));
            }
        }
    }
    let mut found = Vec::new();
    below(Path::new("src"), &mut found);
    found
}

/// The top-level module that a file belongs to.
fn module(path: &Path) -> String {
    let first = path.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The top-level modules that a text names as `crate::module` or in a group `crate::{module, ..}`.
fn named(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for rest in text.split("crate::").skip(1) {
        let list = rest.strip_prefix('{').map_or(rest, |group| group.split('}').next().unwrap_or(group));
        let is_group = rest.starts_with('{');
        for part in list.split(',').take(if is_group { usize::MAX } else { 1 }) {
            let name: String =
                part.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            names.push(name);
        }
    }
    names
}

#[test]
fn modules_use_lower_layers_only() {
    let allowed: BTreeMap<&str, Vec<&str>> =
        MAY_USE.into_iter().map(|(module, lower)| (module, lower.concat())).collect();
    for (path, text) in sources() {
        let own = module(&path);
        let Some(allowed) = allowed.get(own.as_str()) else { continue };
        for name in named(&text) {
            let is_module = MAY_USE.iter().any(|(module, _)| *module == name);
            assert!(
                !is_module || name == own || allowed.contains(&name.as_str()),
                "src/{} uses crate::{name}, which is not in a layer below {own}: move the code down, or pass a value in",
                path.display()
            );
        }
    }
}

#[test]
fn other_modules_use_the_model_and_the_queries_of_a_slice_only() {
    for (path, text) in sources() {
        let (own, file) = (module(&path), path.display().to_string());
        if own == "policy" {
            continue;
        }
        for (module, _) in MAY_USE.iter().filter(|(module, _)| *module != own && *module != "web") {
            assert!(
                !text.contains(&format!("crate::{module}::routes")),
                "src/{file} imports routes of {module}: only policy.rs does"
            );
        }
    }
}

#[test]
fn rules_are_pure() {
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("rules")) {
        for word in ["diesel", "actix", "async ", "Utc::now", "f64", "f32", "SystemTime"] {
            assert!(
                !text.contains(word),
                "src/{} contains {word:?}: rules use no database, no HTTP, no clock and no floats",
                path.display()
            );
        }
    }
}

#[test]
fn statements_use_no_http_and_handlers_no_database() {
    for (path, text) in sources() {
        let shown = path.display();
        let runs_statements = text.contains("RunQueryDsl");
        // A console command, and the log of an export, name the infrastructure of the server.
        let may_name_web = path.starts_with("cli") || path.starts_with("transfer");
        let uses_http = text.contains("actix_web") || (text.contains("crate::web::") && !may_name_web);
        assert!(
            !(runs_statements && uses_http),
            "src/{shown} runs statements and uses HTTP: return a db::Error instead"
        );
        let uses_diesel = ["diesel::", "RunQueryDsl", "schema::"].iter().any(|word| text.contains(word));
        assert!(
            !(text.contains("#[utoipa::path(") && uses_diesel),
            "src/{shown} has a handler and uses diesel: put the statement into queries.rs"
        );
        if path.starts_with("metrics/derive") {
            assert!(!uses_diesel && !text.contains("async "), "src/{shown} must be pure");
        }
    }
}

#[test]
fn every_module_has_a_layer() {
    let lib = fs::read_to_string("src/lib.rs").expect("src/lib.rs");
    for line in lib.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
        let name = line.trim_end_matches(';');
        let known = name == "cli" || MAY_USE.iter().any(|(module, _)| *module == name);
        assert!(known, "list in tests/offline/layering.rs the modules that {name} may use");
    }
}

#[test]
fn files_stay_small() {
    let sizes: Vec<usize> = sources().iter().map(|(_, text)| text.lines().count()).collect();
    let small = sizes.iter().filter(|size| **size < 350).count();
    assert!(
        small * 10 >= sizes.len() * 9,
        "nine files in ten stay below 350 lines: {small} of {}",
        sizes.len()
    );
}
