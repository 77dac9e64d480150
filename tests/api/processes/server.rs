//! The program as a child process.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::thread::JoinHandle;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::support::{Caller, MAX_WAIT, directory, metric, poll_until_blocking, root_directory};

/// Returns a data directory with an empty database. The directory is a copy of the first one.
pub fn data_dir() -> TempDir {
    static FIRST: LazyLock<PathBuf> = LazyLock::new(|| {
        let first = directory("installation");
        fs::create_dir(&first).expect("a directory");
        allow_postgres_access(&first);
        assert_eq!(Server::start(&first, &[]).stop(Signal::SIGTERM).0, 0);
        first
    });
    let copy = empty_data_dir();
    let copied = Command::new("cp").arg("-a").arg(FIRST.join(".")).arg(copy.path()).status();
    assert!(copied.expect("the command runs").success(), "the installation cannot be copied");
    copy
}

/// Returns an empty directory that PostgreSQL's user can access.
pub fn empty_data_dir() -> TempDir {
    let dir = TempDir::with_prefix_in("outturn-", root_directory()).expect("a directory");
    allow_postgres_access(dir.path());
    dir
}

fn allow_postgres_access(dir: &Path) {
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).expect("permissions");
}

/// Returns a command of the program on a data directory, with timeouts that suit a slow machine.
pub fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outturn"));
    for (name, _) in std::env::vars() {
        if name.starts_with("OUTTURN_") || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .env("OUTTURN_DATA_DIR", data)
        .env("OUTTURN_BIND", "127.0.0.1:0")
        .env("OUTTURN_WORKERS", "2")
        .env("OUTTURN_STATEMENT_TIMEOUT", "20m")
        .env("OUTTURN_CONNECT_TIMEOUT", "2m")
        .env("OUTTURN_BODY_TIMEOUT", "20m")
        .env("OUTTURN_REFRESH_REUSE_SECONDS", "60");
    command
}

pub fn run(data: &Path, arguments: &[&str]) -> Output {
    command(data, arguments).output().expect("the command runs")
}

/// Returns the standard output of a command that must succeed.
pub fn stdout_of(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Returns the single line of standard error of a command that must fail without other output.
pub fn failure(output: &Output) -> String {
    let error = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    assert!(!output.status.success(), "the command must fail: {error}");
    assert_eq!((error.trim_end().lines().count(), output.stdout.len()), (1, 0), "{error}");
    error
}

/// Runs a command that must end by itself, and returns its output.
pub fn ended(command: &mut Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a pid"));
    let (has_ended, waiting) = mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        if waiting.recv_timeout(MAX_WAIT) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = kill(pid, Signal::SIGKILL);
        }
    });
    let output = child.wait_with_output().expect("the command ends");
    drop(has_ended);
    watch.join().expect("a watch");
    output
}

/// A running server.
pub struct Server {
    child: Child,
    pub base: String,
    output: Collected,
    log: Collected,
}

/// The output of a process so far.
struct Collected {
    text: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start(data: &Path, arguments: &[&str]) -> Self {
        Self::launch(command(data, &[&["serve"], arguments].concat()))
    }

    pub fn launch(mut command: Command) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
        let log = Collected::new(child.stderr.take().expect("standard error"));
        let output = Collected::new(child.stdout.take().expect("standard output"));
        let first_line = || {
            let has_ended = child.try_wait().expect("a state").is_some();
            let line = output.so_far().lines().next().map(str::to_owned);
            assert!(!has_ended || line.is_some(), "{}", log.so_far());
            line
        };
        let line = poll_until_blocking(first_line, Option::is_some).expect("a line");
        let address = line.strip_prefix("outturn is ready at ").and_then(|rest| rest.strip_suffix("/docs/"));
        let base = address.unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, base, output, log }
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("a pid"))
    }

    /// Waits for the log line with a message, and returns it.
    pub fn log_line(&self, message: &str) -> serde_json::Value {
        let log = poll_until_blocking(|| self.log.so_far(), |log| log.contains(message));
        let line = log.lines().find(|line| line.contains(message)).expect("the line");
        serde_json::from_str(line).expect("a line of JSON")
    }

    /// Returns the log lines with a message so far.
    pub fn log_lines(&self, message: &str) -> Vec<serde_json::Value> {
        let lines = self.log.so_far();
        let lines = lines.lines().filter(|line| line.contains(message));
        lines.map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    /// Reads the value of one of the server's metrics.
    pub async fn metric(&self, name: &str) -> f64 {
        metric(&Caller::new(&self.base, None).get("/metrics").await.expect(200).text, name)
    }

    /// Waits until the server refuses new connections because it is stopping.
    pub fn until_closed(&self) {
        let address = self.base.trim_start_matches("http://");
        poll_until_blocking(|| TcpStream::connect(address).is_err(), |is_closed| *is_closed);
    }

    pub fn caller(&self, data: &Path, role: &str) -> Caller {
        Caller::new(&self.base, Some(stdout_of(data, &["token", "--role", role]).trim().to_owned()))
    }

    /// Reads a size in KiB from `/proc/<pid>/status`: `VmRSS`, or `VmHWM`, the peak since
    /// `reset_peak`.
    pub fn memory(&self, line: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a process");
        let size = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
        size.and_then(|text| text.split_whitespace().next()?.parse().ok()).expect("a size")
    }

    /// Resets `VmHWM` to the current size.
    pub fn reset_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")
            .expect("permission to reset the peak");
    }

    /// Sends the process a signal to stop.
    pub fn ask_to_stop(&self, signal: Signal) {
        kill(self.pid(), signal).expect("a signal");
    }

    /// Stops the process and returns its exit code, standard output and log.
    pub fn stop(mut self, signal: Signal) -> (i32, String, String) {
        self.ask_to_stop(signal);
        let status = self.wait();
        (status, self.output.all(), self.log.all())
    }

    /// Waits until the process ends, and returns its exit code.
    pub fn ended(mut self) -> i32 {
        self.wait()
    }

    fn wait(&mut self) -> i32 {
        let ended = poll_until_blocking(|| self.child.try_wait().expect("a state"), Option::is_some);
        ended.and_then(|status| status.code()).expect("a code")
    }

    pub fn kill(mut self) {
        self.child.kill().expect("the process is killed");
        self.child.wait().expect("the process ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ =
                kill(self.pid(), if std::thread::panicking() { Signal::SIGKILL } else { Signal::SIGTERM });
            let _ = self.child.wait();
        }
    }
}

impl Collected {
    fn new(stream: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let shared = text.clone();
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let mut text = shared.lock().expect("text");
                text.push_str(&line);
                text.push('\n');
            }
        });
        Self { text, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        self.text.lock().expect("text").clone()
    }

    /// Returns the whole output of a process that has ended.
    fn all(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("a reader");
        }
        self.so_far()
    }
}

/// Returns the pid of the database that runs in a data directory.
pub fn database(data: &Path) -> Option<Pid> {
    let text = fs::read_to_string(data.join("postgres/postmaster.pid")).ok()?;
    text.lines().next()?.trim().parse().ok().map(Pid::from_raw)
}

pub fn is_running(pid: Pid) -> bool {
    kill(pid, None).is_ok()
}
