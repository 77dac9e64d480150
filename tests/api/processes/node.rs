//! PostgreSQL servers of a test of its own: a primary, and a streaming standby of it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use diesel_async::AsyncPgConnection;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};
use outturn::db::pool::connect;
use tempfile::TempDir;

use super::server::{command, data_dir, empty_data_dir};
use crate::support::{MAX_WAIT, execute_sql, poll_until_blocking, target};

/// A PostgreSQL server with the database of a new installation. Dropping it stops the server.
pub struct Node {
    dir: TempDir,
    settings: Vec<String>,
    child: Child,
}

/// A command that runs a PostgreSQL program, as the user `postgres` if this process is root.
fn program(name: &str) -> Command {
    let dir = std::env::var_os("PG_BINDIR").map(PathBuf::from).unwrap_or_else(|| {
        let output = Command::new("pg_config").arg("--bindir").output().expect("pg_config runs");
        PathBuf::from(String::from_utf8(output.stdout).expect("UTF-8").trim())
    });
    let mut command = Command::new(dir.join(name));
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(user) = postgres_user() {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}

fn postgres_user() -> Option<User> {
    Uid::effective()
        .is_root()
        .then(|| User::from_name("postgres").expect("the users").expect("a user postgres"))
}

impl Node {
    /// Starts a primary with these settings, in the form `name=value`.
    pub fn primary(settings: &[&str]) -> Self {
        Self::start(data_dir(), settings.iter().map(|setting| (*setting).to_owned()).collect())
    }

    /// Starts a streaming standby of this server with an application name.
    pub fn standby(&self, name: &str) -> Self {
        let dir = empty_data_dir();
        for part in ["postgres", "socket"].map(|part| dir.path().join(part)) {
            fs::create_dir(&part).expect("a directory");
            fs::set_permissions(&part, fs::Permissions::from_mode(0o700)).expect("permissions");
            if let Some(user) = postgres_user() {
                chown(part, Some(user.uid.as_raw()), Some(user.gid.as_raw())).expect("an owner");
            }
        }
        let source = format!("host='{}' user=postgres application_name={name}", self.socket().display());
        let mut copy = program("pg_basebackup");
        copy.args([
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--no-sync",
            "--dbname",
            &source,
            "--pgdata",
        ]);
        let copied = copy.arg(dir.path().join("postgres")).status().expect("pg_basebackup runs");
        assert!(copied.success(), "pg_basebackup failed");
        Self::start(dir, Vec::new())
    }

    fn start(dir: TempDir, settings: Vec<String>) -> Self {
        let child = Self::spawn(dir.path(), &settings);
        Self { dir, settings, child }
    }

    fn spawn(dir: &Path, settings: &[String]) -> Child {
        let mut command = program("postgres");
        command.arg("-D").arg(dir.join("postgres")).arg("-k").arg(dir.join("socket"));
        command.args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"]);
        for setting in settings {
            command.args(["-c", setting]);
        }
        let child = command.spawn().expect("postgres starts");
        let state = || fs::read_to_string(dir.join("postgres/postmaster.pid")).unwrap_or_default();
        poll_until_blocking(state, |text| {
            let is_own = text.lines().next() == Some(child.id().to_string().as_str());
            is_own && text.lines().nth(7).is_some_and(|state| ["ready", "standby"].contains(&state.trim()))
        });
        child
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("socket")
    }

    pub fn socket_dir(&self) -> String {
        self.socket().display().to_string()
    }

    /// The connection string of the installation's database.
    pub fn url(&self) -> String {
        format!("host='{}' user=postgres dbname=outturn", self.socket_dir())
    }

    /// The data directory of a server of Outturn, with its signing keys.
    pub fn data(&self) -> &Path {
        self.dir.path()
    }

    /// A command that serves the API with this server as the primary.
    pub fn serve(&self, arguments: &[&str]) -> Command {
        let mut serve = command(self.data(), &[&["serve"], arguments].concat());
        serve.env("DATABASE_URL", self.url()).env("OUTTURN_RATE_REST", "1000000/1m");
        serve
    }

    pub async fn connect(&self) -> AsyncPgConnection {
        connect(target(self.url()), 10 * MAX_WAIT).await.expect("a connection")
    }

    pub async fn run(&self, sql: &str) {
        execute_sql(&mut self.connect().await, sql).await;
    }

    /// Stops the server at once, as a crash does.
    pub fn crash(&mut self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a pid"));
        let _ = kill(pid, Signal::SIGQUIT);
        let _ = self.child.wait();
    }

    /// Starts the server again after a crash.
    pub fn restart(&mut self) {
        self.child = Self::spawn(self.dir.path(), &self.settings);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.crash();
    }
}
