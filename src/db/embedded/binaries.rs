//! Where PostgreSQL's programs are.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Error;

/// The directory with `postgres` and `initdb`: `$PG_BINDIR`, the path, what `pg_config` says, then the usual places,
/// newest version first.
pub fn find() -> Result<PathBuf, Error> {
    let mut candidates: Vec<PathBuf> = std::env::var_os("PG_BINDIR").map(PathBuf::from).into_iter().collect();
    candidates.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    candidates.extend(pg_config());
    for root in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"] {
        candidates.extend(versions_below(Path::new(root)));
    }
    let found = candidates.iter().find(|dir| dir.join("postgres").is_file() && dir.join("initdb").is_file());
    found.cloned().ok_or_else(|| Error::NoBinaries("PG_BINDIR, PATH, pg_config, /usr/lib/postgresql".into()))
}

fn pg_config() -> Option<PathBuf> {
    let said = Command::new("pg_config").arg("--bindir").output().ok()?;
    said.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&said.stdout).trim()))
}

fn versions_below(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.trim_start_matches("postgresql@").parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_by(|a, b| b.cmp(a));
    versions.into_iter().map(|(_, bin)| bin).collect()
}
