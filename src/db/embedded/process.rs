//! Starts, supervises and stops the `postgres` process.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::error::{Error, at};
use super::home::Home;

const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Time that a PostgreSQL cluster may take to stop. After this time, the server requests an
/// immediate shutdown.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// Time after which a slow start of `postgres` is first logged. The interval between log lines
/// doubles up to `MAX_REPORT_INTERVAL`. A start has no time limit, because recovery after a crash
/// can take long.
const FIRST_REPORT_AFTER: Duration = Duration::from_secs(3);
const MAX_REPORT_INTERVAL: Duration = Duration::from_secs(60);

/// Runs `postgres` until a stop is requested. Restarts `postgres` if it ends by itself.
pub(super) fn supervise(home: &Home, ready: &Sender<Result<(), Error>>, stop: &Receiver<()>) {
    let mut child = match start(home, stop) {
        Ok(Some(child)) => child,
        Ok(None) => return,
        Err(error) => {
            let _ = ready.send(Err(error));
            return;
        }
    };
    let _ = ready.send(Ok(()));
    loop {
        match stop.recv_timeout(Duration::from_millis(100)) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => return stop_child(child),
        }
        if let Ok(Some(status)) = child.try_wait() {
            tracing::error!(exit_status = %status, "embedded database stopped and restarts");
            match start(home, stop) {
                Ok(Some(restarted)) => child = restarted,
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(%error, "embedded database failed to start");
                    sleep(Duration::from_secs(1));
                }
            }
        }
    }
}

/// Starts `postgres` and waits until it accepts connections. If a stop is requested meanwhile,
/// stops `postgres` and returns `None`.
fn start(home: &Home, stop: &Receiver<()>) -> Result<Option<Child>, Error> {
    let log = at(&home.log, File::options().append(true).open(&home.log))?;
    let errors = at(&home.log, log.try_clone())?;
    let mut command = home.command("postgres");
    command.arg("-D").arg(&home.data).arg("-k").arg(&home.socket).args(["-c", "listen_addresses="]);
    // With terse errors, the log of `postgres` contains no values of refused rows. Such values can
    // be names of persons.
    command.args(["-c", "log_error_verbosity=terse"]);
    for setting in &home.settings {
        command.args(["-c", setting]);
    }
    command.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0);
    end_with_this_process(&mut command);
    let mut child = at(&home.binaries, command.spawn())?;
    let mut slowness = Slowness::new();
    while !is_ready(home, child.id()) {
        if let Ok(Some(status)) = child.try_wait() {
            return Err(Error::Failed(format!("postgres ended with {status}. See {}", home.log.display())));
        }
        if let Some(elapsed_s) = slowness.due() {
            tracing::warn!(elapsed_s, "embedded database is recovering");
        }
        match stop.recv_timeout(POLL_INTERVAL) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => {
                stop_child(child);
                return Ok(None);
            }
        }
    }
    let elapsed = slowness.began.elapsed();
    if elapsed >= FIRST_REPORT_AFTER {
        tracing::info!(elapsed_s = elapsed.as_secs(), "embedded database has recovered");
    }
    Ok(Some(child))
}

/// A timer for a slow operation. It determines when a log line is due, at growing intervals.
struct Slowness {
    began: Instant,
    next: Duration,
}

impl Slowness {
    fn new() -> Self {
        Self { began: Instant::now(), next: FIRST_REPORT_AFTER }
    }

    /// Returns the seconds since the operation began, if a log line is due.
    fn due(&mut self) -> Option<u64> {
        let elapsed = self.began.elapsed();
        if elapsed < self.next {
            return None;
        }
        self.next = elapsed + elapsed.min(MAX_REPORT_INTERVAL);
        Some(elapsed.as_secs())
    }
}

/// Asks Linux to send SIGINT to the child process when the thread that started the child ends.
#[cfg(target_os = "linux")]
fn end_with_this_process(command: &mut std::process::Command) {
    let interrupt = || nix::sys::prctl::set_pdeathsig(Signal::SIGINT).map_err(std::io::Error::from);
    // Between fork and exec only async-signal-safe calls are allowed. prctl is a plain system call.
    #[allow(
        unsafe_code,
        reason = "pre_exec has no safe form, and the parent-death signal must be set by the child"
    )]
    unsafe {
        command.pre_exec(interrupt);
    }
}

#[cfg(not(target_os = "linux"))]
fn end_with_this_process(_command: &mut std::process::Command) {}

/// Returns whether `postmaster.pid` contains this process id and says that the server is ready. The
/// first line of the file is the process id, and the eighth line is the state.
fn is_ready(home: &Home, pid: u32) -> bool {
    let text = fs::read_to_string(home.data.join("postmaster.pid")).unwrap_or_default();
    let mut lines = text.lines().map(str::trim);
    let is_own = lines.next() == Some(&pid.to_string());
    is_own && lines.nth(6).is_some_and(|state| ["ready", "standby"].contains(&state))
}

fn stop_child(mut child: Child) {
    // After the child has ended, its pid can belong to another process.
    if let Ok(Some(_)) = child.try_wait() {
        return;
    }
    signal(child.id(), Signal::SIGINT);
    let requested = Instant::now();
    while let Ok(None) = child.try_wait() {
        if requested.elapsed() > STOP_TIMEOUT {
            signal(child.id(), Signal::SIGQUIT);
        }
        sleep(POLL_INTERVAL);
    }
}

/// Stops a `postgres` process that still runs because an earlier process of this program was
/// killed.
pub(super) fn stop_orphan(data: &Path) {
    let Some(pid) = find_orphan(data) else { return };
    tracing::warn!(pid, "orphaned PostgreSQL process is being stopped");
    signal(pid, Signal::SIGINT);
    let mut slowness = Slowness::new();
    while find_orphan(data) == Some(pid) {
        if slowness.began.elapsed() > STOP_TIMEOUT {
            signal(pid, Signal::SIGQUIT);
        }
        if let Some(elapsed_s) = slowness.due() {
            tracing::warn!(elapsed_s, "orphaned PostgreSQL process is still stopping");
        }
        sleep(POLL_INTERVAL);
    }
}

/// Returns the pid in `postmaster.pid`, if that process is a running `postgres`. An outdated pid
/// file needs no handling, because PostgreSQL replaces the file.
fn find_orphan(data: &Path) -> Option<u32> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let pid: u32 = text.lines().next()?.trim().parse().ok()?;
    let output = std::process::Command::new("ps").args(["-o", "comm=", "-p", &pid.to_string()]).output();
    let name = match output {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(_) => fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default(),
    };
    name.trim().ends_with("postgres").then_some(pid)
}

fn signal(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid) {
        let _ = kill(Pid::from_raw(pid), signal);
    }
}
