//! The `postgres` process: started, watched, stopped.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{Error, Home, PATIENCE, at};

const TICK: Duration = Duration::from_millis(10);

/// Recovery after a crash replays the log, which can take long on a large database.
const LONGEST_START: Duration = Duration::from_secs(600);

/// Runs `postgres` until told to stop, and starts it again should it end by itself.
pub(super) fn supervise(home: &Home, ready: &Sender<Result<(), Error>>, stop: &Receiver<()>) {
    let mut child = match start(home) {
        Ok(child) => child,
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
            tracing::error!(%status, "the embedded database ended; starting it again");
            match start(home) {
                Ok(again) => child = again,
                Err(error) => {
                    tracing::error!(%error, "the embedded database does not start");
                    sleep(Duration::from_secs(1));
                }
            }
        }
    }
}

/// Starts `postgres` and waits until it says it is ready.
fn start(home: &Home) -> Result<Child, Error> {
    let log = at(&home.log, File::options().append(true).open(&home.log))?;
    let errors = at(&home.log, log.try_clone())?;
    let mut command = home.command("postgres");
    command.arg("-D").arg(&home.data).arg("-k").arg(&home.socket).args(["-c", "listen_addresses="]);
    // A refused row's values, names among them, stay out of the log.
    command.args(["-c", "log_error_verbosity=terse"]);
    for setting in &home.settings {
        command.args(["-c", setting]);
    }
    command.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0);
    end_with_this_process(&mut command);
    let mut child = at(&home.binaries, command.spawn())?;
    let started = Instant::now();
    while !says_ready(home, child.id()) {
        if let Ok(Some(status)) = child.try_wait() {
            return Err(Error::Failed(format!("postgres ended with {status}; see {}", home.log.display())));
        }
        if started.elapsed() > LONGEST_START {
            stop_child(child);
            return Err(Error::Failed(format!("postgres did not get ready; see {}", home.log.display())));
        }
        sleep(TICK);
    }
    Ok(child)
}

/// Asks Linux to interrupt the child when the thread that starts it ends, however it ends.
#[cfg(target_os = "linux")]
fn end_with_this_process(command: &mut std::process::Command) {
    let interrupt = || nix::sys::prctl::set_pdeathsig(Signal::SIGINT).map_err(std::io::Error::from);
    // Between fork and exec only async-signal-safe calls are allowed; prctl is a bare system call.
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

/// The eighth line of postmaster.pid tells the state, the first whose it is.
fn says_ready(home: &Home, pid: u32) -> bool {
    let text = fs::read_to_string(home.data.join("postmaster.pid")).unwrap_or_default();
    let mut lines = text.lines().map(str::trim);
    lines.next() == Some(&pid.to_string()) && lines.nth(6) == Some("ready")
}

fn stop_child(mut child: Child) {
    // A child that has ended has given its pid back.
    if let Ok(Some(_)) = child.try_wait() {
        return;
    }
    signal(child.id(), Signal::SIGINT);
    let asked = Instant::now();
    while let Ok(None) = child.try_wait() {
        if asked.elapsed() > PATIENCE {
            signal(child.id(), Signal::SIGQUIT);
        }
        sleep(TICK);
    }
}

/// Stops a `postgres` that a killed process of ours has left behind.
pub(super) fn stop_orphan(data: &Path) {
    let Some(pid) = orphan(data) else { return };
    tracing::warn!(pid, "stopping a database left behind by an earlier run");
    signal(pid, Signal::SIGINT);
    let asked = Instant::now();
    while orphan(data) == Some(pid) {
        if asked.elapsed() > PATIENCE {
            signal(pid, Signal::SIGQUIT);
        }
        sleep(TICK);
    }
}

/// The pid in postmaster.pid, if that process lives and is a `postgres`; a stale file PostgreSQL handles itself.
fn orphan(data: &Path) -> Option<u32> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let pid: u32 = text.lines().next()?.trim().parse().ok()?;
    let listed = std::process::Command::new("ps").args(["-o", "comm=", "-p", &pid.to_string()]).output();
    let name = match listed {
        Ok(listed) => String::from_utf8_lossy(&listed.stdout).into_owned(),
        Err(_) => fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default(),
    };
    name.trim().ends_with("postgres").then_some(pid)
}

fn signal(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid) {
        let _ = kill(Pid::from_raw(pid), signal);
    }
}
