//! The directory of a PostgreSQL cluster: its paths, programs, user and initialisation.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Uid, User};

use super::binaries;
use super::error::{Error, at};

#[derive(Debug, Clone)]
pub struct Options {
    pub dir: PathBuf,
    /// The directory of the PostgreSQL programs. If it is `None`, the server searches for the
    /// programs.
    pub programs: Option<PathBuf>,
    /// Settings in the form `name=value`, as `postgres -c` accepts them.
    pub settings: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Home {
    pub(super) binaries: PathBuf,
    pub(super) data: PathBuf,
    pub(super) socket: PathBuf,
    pub(super) log: PathBuf,
    pub(super) settings: Vec<String>,
    user: Option<User>,
}

/// Maximum length of the socket directory's path: 107 bytes minus the length of `/.s.PGSQL.5432`.
const MAX_SOCKET_DIR_LENGTH: usize = 107 - 14;

impl Home {
    pub(super) fn prepare(options: &Options) -> Result<Self, Error> {
        let dir = &options.dir;
        at(dir, fs::create_dir_all(dir))?;
        let dir = at(dir, dir.canonicalize())?;
        let socket = dir.join("socket");
        if socket.as_os_str().len() > MAX_SOCKET_DIR_LENGTH {
            return Err(Error::PathTooLong(socket));
        }
        let home = Self {
            binaries: binaries::find(options.programs.as_deref())?,
            data: dir.join("postgres"),
            log: dir.join("postgres.log"),
            socket,
            settings: options.settings.clone(),
            user: user_to_run_as()?,
        };
        home.check_access(&dir)?;
        at(&home.socket, fs::create_dir_all(&home.socket))?;
        at(&home.socket, fs::set_permissions(&home.socket, fs::Permissions::from_mode(0o700)))?;
        at(&home.log, File::options().create(true).append(true).open(&home.log))?;
        home.own(&home.socket)?;
        home.own(&home.log)?;
        Ok(home)
    }

    /// Fails if the user that runs PostgreSQL has no access to a directory on the path to the
    /// cluster.
    fn check_access(&self, dir: &Path) -> Result<(), Error> {
        let Some(user) = &self.user else { return Ok(()) };
        for directory in dir.ancestors() {
            let metadata = at(directory, fs::metadata(directory))?;
            let class = match () {
                () if metadata.uid() == user.uid.as_raw() => 0o100,
                () if metadata.gid() == user.gid.as_raw() => 0o010,
                () => 0o001,
            };
            if metadata.mode() & class == 0 {
                return Err(Error::NoAccess { user: user.name.clone(), directory: directory.to_owned() });
            }
        }
        Ok(())
    }

    fn own(&self, path: &Path) -> Result<(), Error> {
        match &self.user {
            Some(user) => at(path, chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))),
            None => Ok(()),
        }
    }

    /// Creates a command that runs a PostgreSQL program as the right user.
    pub(super) fn command(&self, program: &str) -> Command {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new(self.binaries.join(program));
        command.current_dir("/").env("LC_ALL", "C");
        if let Some(user) = &self.user {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }

    /// Runs `initdb` in a temporary directory, which is renamed when the command has ended. A crash
    /// therefore leaves no incomplete cluster.
    pub(super) fn initialise(&self) -> Result<(), Error> {
        if self.data.join("PG_VERSION").exists() {
            return Ok(());
        }
        let fresh = self.data.with_extension("new");
        if fresh.exists() {
            at(&fresh, fs::remove_dir_all(&fresh))?;
        }
        at(&fresh, fs::create_dir(&fresh))?;
        self.own(&fresh)?;
        let output = self
            .command("initdb")
            .args(["-U", "postgres", "-E", "UTF8", "--locale=C", "--auth=trust", "--data-checksums", "-D"])
            .arg(&fresh)
            .output();
        let output = at(&self.binaries, output)?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            return Err(Error::Failed(format!("initdb failed: {}", errors.trim())));
        }
        at(&self.data, fs::rename(&fresh, &self.data))
    }
}

fn user_to_run_as() -> Result<Option<User>, Error> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let user = User::from_name("postgres").map_err(|error| Error::Failed(error.to_string()))?;
    user.map(Some).ok_or(Error::NoUser)
}
