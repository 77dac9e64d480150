//! Docs that repeat the code are held to it.

use outturn::config::VARIABLES;
use outturn::policy;

#[test]
fn the_policy_page_is_the_policy() {
    let page = std::fs::read_to_string("docs/policy.md").expect("docs/policy.md");
    assert!(page == policy::markdown(), "run `cargo run -- policy > docs/policy.md` and look at the diff");
}

#[test]
fn the_readme_has_every_variable() {
    let readme = std::fs::read_to_string("README.md").expect("README.md");
    for variable in VARIABLES {
        let row = format!("| `{}` | {} | {} |", variable.name, variable.default, variable.meaning);
        assert!(readme.contains(&row), "README.md lacks the row\n{row}");
    }
}
