//! Searches for the PostgreSQL server programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::Error;

/// Returns the directory with `postgres` and `initdb`. Searches only the configured directory, if a
/// directory is configured. Otherwise searches `PATH`, the directory that `pg_config` prints, and
/// the usual directories with the newest version first.
pub(super) fn find(configured: Option<&Path>) -> Result<PathBuf, Error> {
    let directories = configured.map_or_else(usual_directories, |dir| vec![dir.to_owned()]);
    directories.into_iter().find(|dir| has_programs(dir)).ok_or_else(|| {
        let searched = configured.map(|dir| dir.display().to_string());
        Error::NoBinaries(searched.unwrap_or("PATH, pg_config, /usr/lib/postgresql".into()))
    })
}

fn has_programs(dir: &Path) -> bool {
    dir.join("postgres").is_file() && dir.join("initdb").is_file()
}

fn usual_directories() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH");
    let mut directories: Vec<PathBuf> = path.iter().flat_map(std::env::split_paths).collect();
    directories.extend(pg_config());
    for root in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"] {
        directories.extend(versions_below(Path::new(root)));
    }
    directories
}

fn pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    output.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
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
