//! The Markdown pages: links resolve, lines are wrapped, and contents agree with the code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use outturn::config::VARIABLES;
use outturn::policy;

const MAX_LINE: usize = 100;

/// Every Markdown page of the project, with its text.
fn pages() -> BTreeMap<PathBuf, String> {
    let mut pages = BTreeMap::new();
    for dir in [".", "docs", "docs/adr", "sample"] {
        for entry in fs::read_dir(dir).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&path).expect("a page");
                pages.insert(path.strip_prefix(".").unwrap_or(&path).to_owned(), text);
            }
        }
    }
    pages
}

/// The lines of a page outside its code blocks, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        (!is_code && !is_fence).then_some((index + 1, line))
    })
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let allowed = heading.trim().chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    allowed.flat_map(char::to_lowercase).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).filter_map(|(_, line)| line.strip_prefix('#'));
    headings.map(|heading| anchor(heading.trim_start_matches('#'))).collect()
}

/// The targets of the links in a page: `[text](target)` and `[text]: target`.
fn links(text: &str) -> Vec<String> {
    let text_without_code = prose(text).map(|(_, line)| line).collect::<Vec<_>>().join("\n");
    let inline = text_without_code.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let references = text_without_code
        .lines()
        .filter_map(|line| line.strip_prefix('[')?.split_once("]: "))
        .map(|(_, to)| to);
    inline.chain(references).map(str::to_owned).collect()
}

/// A path with its `..` resolved, without reading the file system.
fn join(dir: &Path, relative: &str) -> PathBuf {
    let mut path = dir.to_owned();
    for part in relative.split('/') {
        match part {
            ".." => drop(path.pop()),
            "." => {}
            part => path.push(part),
        }
    }
    path
}

#[test]
fn every_link_targets_an_existing_file_and_heading() {
    let pages = pages();
    let mut broken = Vec::new();
    for (page, text) in &pages {
        for link in links(text).iter().filter(|link| !link.contains("://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => page.clone(),
                file => join(page.parent().unwrap_or(Path::new("")), file),
            };
            let has_heading =
                heading.is_empty() || pages.get(&target).is_some_and(|text| anchors(text).contains(heading));
            if !target.exists() || !has_heading {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

#[test]
fn prose_is_wrapped_at_the_maximum_width() {
    let mut long = Vec::new();
    for (page, text) in pages() {
        // This page is generated.
        if page == Path::new("docs/policy.md") {
            continue;
        }
        let lines = prose(&text).filter(|(_, line)| line.chars().count() > MAX_LINE);
        long.extend(lines.map(|(number, _)| format!("{}:{number}", page.display())));
    }
    assert!(long.is_empty(), "lines of more than {MAX_LINE} characters:\n{}", long.join("\n"));
}

#[test]
fn the_policy_page_equals_the_generated_policy() {
    let page = fs::read_to_string("docs/policy.md").expect("docs/policy.md");
    assert!(
        page == policy::rules().markdown(),
        "run `cargo run -- policy > docs/policy.md` and review the diff"
    );
}

#[test]
fn the_configuration_page_describes_every_variable() {
    let page = fs::read_to_string("docs/configuration.md").expect("docs/configuration.md");
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    for variable in VARIABLES {
        let text = format!("### `{}` {} Default: {}.", variable.name, variable.meaning, variable.default);
        assert!(page.contains(&text), "docs/configuration.md lacks\n{text}");
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
    let page = fs::read_to_string("docs/operations.md").expect("docs/operations.md");
    let expected = format!("Swagger UI {version} ");
    assert!(page.contains(&expected), "docs/operations.md does not say {expected:?}");
}
