//! No source file uses another one that uses it, directly or through further files. A `mod.rs` that
//! only declares modules and exports their items is not used by its children, so it is in no
//! circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use syn::visit::{Visit, visit_item_mod, visit_path};
use syn::{ItemMod, ItemUse, UseName, UseRename, UseTree, Visibility};

use crate::layering;

/// The path of a module from the root of the crate.
type Module = Vec<String>;

/// A source file: the paths that it uses, and the paths that it exports.
#[derive(Default)]
struct Source {
    uses: Vec<Vec<String>>,
    exports: Vec<Vec<String>>,
}

impl<'s> Visit<'s> for Source {
    fn visit_item_use(&mut self, item: &'s ItemUse) {
        let list = if matches!(item.vis, Visibility::Inherited) { &mut self.uses } else { &mut self.exports };
        add_paths(&item.tree, Vec::new(), list);
    }

    fn visit_path(&mut self, path: &'s syn::Path) {
        self.uses.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit_path(self, path);
    }

    // `pub(super)` names a module, but does not use it.
    fn visit_visibility(&mut self, _: &'s Visibility) {}

    fn visit_item_mod(&mut self, item: &'s ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"));
        if !is_test {
            visit_item_mod(self, item);
        }
    }
}

/// Adds the path of each item that a `use` names.
fn add_paths(tree: &UseTree, mut prefix: Vec<String>, list: &mut Vec<Vec<String>>) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            add_paths(&path.tree, prefix, list);
        }
        UseTree::Group(group) => {
            group.items.iter().for_each(|tree| add_paths(tree, prefix.clone(), list));
        }
        UseTree::Name(UseName { ident }) | UseTree::Rename(UseRename { ident, .. }) => {
            prefix.push(ident.to_string());
            list.push(prefix);
        }
        _ => list.push(prefix),
    }
}

fn read_sources() -> BTreeMap<Module, Source> {
    let files = layering::sources().into_iter().filter(|(path, _)| !path.ends_with("main.rs"));
    let to_source = |(path, text): (PathBuf, String)| {
        let mut module: Module =
            path.with_extension("").iter().map(|name| name.to_string_lossy().into_owned()).collect();
        if module.last().is_some_and(|name| name == "mod" || name == "lib") {
            module.pop();
        }
        let mut source = Source::default();
        source.visit_file(&syn::parse_file(&text).expect("Rust"));
        (module, source)
    };
    files.map(to_source).collect()
}

/// Returns the module that a path in `own` begins with, and the rest of the path. Returns `None`
/// for paths of other crates.
fn resolve(
    path: &[String],
    own: &Module,
    sources: &BTreeMap<Module, Source>,
) -> Option<(Module, Vec<String>)> {
    let mut rest: Vec<String> = path.to_vec();
    let mut module = match rest.first()?.as_str() {
        "crate" => Module::new(),
        "self" => own.clone(),
        "super" => own[..own.len().checked_sub(1)?].to_vec(),
        first => {
            let child = [own.as_slice(), &[first.to_owned()]].concat();
            return sources.contains_key(&child).then(|| descend(child, rest.split_off(1), sources));
        }
    };
    rest.remove(0);
    while rest.first().is_some_and(|segment| segment == "super") {
        module.pop();
        rest.remove(0);
    }
    Some(descend(module, rest, sources))
}

/// Follows a path through submodules.
fn descend(
    mut module: Module,
    mut rest: Vec<String>,
    sources: &BTreeMap<Module, Source>,
) -> (Module, Vec<String>) {
    while let Some(first) = rest.first() {
        let child = [module.as_slice(), std::slice::from_ref(first)].concat();
        if !sources.contains_key(&child) {
            break;
        }
        module = child;
        rest.remove(0);
    }
    (module, rest)
}

/// Returns the module that defines what a path names, which is not the one that exports it.
fn definition(path: &[String], own: &Module, sources: &BTreeMap<Module, Source>) -> Option<Module> {
    let (mut module, mut rest) = resolve(path, own, sources)?;
    for _ in 0..5 {
        let Some(name) = rest.first() else { break };
        let exports = sources.get(&module).map(|source| source.exports.as_slice()).unwrap_or_default();
        let export = exports.iter().find(|export| export.last() == Some(name));
        match export.and_then(|export| resolve(export, &module, sources)) {
            Some((next, more)) if next != module => (module, rest) = (next, more),
            _ => break,
        }
    }
    Some(module)
}

/// Returns the modules that a module reaches.
fn reachable<'m>(from: &'m Module, edges: &'m BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<&'m Module> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Module> = vec![from];
    while let Some(module) = open.pop() {
        for next in edges.get(module).into_iter().flatten() {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let sources = read_sources();
    assert!(sources.len() > 300, "{}", sources.len());
    let edges: BTreeMap<Module, BTreeSet<Module>> = sources
        .iter()
        .map(|(module, source)| {
            let used = source.uses.iter().filter_map(|path| definition(path, module, &sources));
            (module.clone(), used.filter(|used| used != module).collect())
        })
        .collect();
    let edge_count: usize = edges.values().map(BTreeSet::len).sum();
    assert!(edge_count > 1000, "{edge_count}");
    let in_a_circle = edges.keys().filter(|module| reachable(module, &edges).contains(module));
    let names: Vec<String> = in_a_circle.map(|module| module.join("::")).collect();
    assert!(names.is_empty(), "these modules are in a circle of uses: {}", names.join(", "));
}
