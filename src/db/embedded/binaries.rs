//! Finds PostgreSQL's programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Error;

/// Returns the directory with `postgres` and `initdb`. If `PG_BINDIR` is set, only that directory
/// is searched. Otherwise the search covers `PATH`, the directory that `pg_config` prints, and the
/// usual directories, newest version first.
pub fn find() -> Result<PathBuf, Error> {
    let given = std::env::var_os("PG_BINDIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let found =
        given.clone().map_or_else(usual_places, |dir| vec![dir]).into_iter().find(|dir| has_programs(dir));
    let looked_in =
        given.map_or("PATH, pg_config, /usr/lib/postgresql".into(), |dir| dir.display().to_string());
    found.ok_or(Error::NoBinaries(looked_in))
}

fn has_programs(dir: &Path) -> bool {
    dir.join("postgres").is_file() && dir.join("initdb").is_file()
}

fn usual_places() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH");
    let mut places: Vec<PathBuf> = path.iter().flat_map(std::env::split_paths).collect();
    places.extend(pg_config());
    for root in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"] {
        places.extend(versions_below(Path::new(root)));
    }
    places
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
