//! The `accounts` command, and revocations across servers.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::json;

use super::server::{Server, command, data_dir, empty_data_dir, ended, failure, stdout_of};
use crate::sessions::sign_in;
use crate::support::{App, Caller, id, poll_until_blocking};

/// Runs a command with `input` on its standard input.
pub fn run_with_input(data: &Path, url: &str, arguments: &[&str], input: &str) -> Output {
    let mut child = command(data, arguments)
        .env("DATABASE_URL", url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    child.stdin.take().expect("standard input").write_all(input.as_bytes()).expect("the input is written");
    child.wait_with_output().expect("the command ends")
}

/// Returns the value after a label in the output of a command.
pub fn labelled_value(output: &Output, label: &str) -> Option<String> {
    let text = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    text.lines().find_map(|line| line.strip_prefix(label)).map(|rest| rest.trim().to_owned())
}

async fn token(base: &str, client: &str, secret: &str) -> String {
    let anonymous = Caller::new(base, None);
    let form = [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret)];
    let request = anonymous.request(reqwest::Method::POST, "/v1/auth/token").form(&form);
    let response = anonymous.send(request).await;
    assert_eq!(response.status, 200, "{}", response.text);
    response.body["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn a_revoked_client_is_refused_by_every_server_at_its_next_request() {
    let (app, data) = (App::new(), data_dir());
    let create = ["accounts", "create", "--role", "admin", "--name", "first-admin"];
    let output = run_with_input(data.path(), &app.url(), &create, "");
    let client = labelled_value(&output, "id ").expect("an id");
    let secret = labelled_value(&output, "secret ").expect("a secret");
    let start = || {
        let mut serve = command(data.path(), &["serve"]);
        serve.env("DATABASE_URL", app.url());
        Server::launch(serve)
    };
    let servers = [start(), start()];
    let token = token(&servers[0].base, &client, &secret).await;
    let [one, other] = [0, 1].map(|n| Caller::new(&servers[n].base, Some(token.clone())));
    one.get("/v1/accounts").await.expect(200);
    other.get("/v1/accounts").await.expect(200);
    // Both servers accept an account that either creates, and refuse it once either revokes it.
    let body = json!({ "kind": "client", "name": "power-bi", "role": "reporter" });
    let created = one.create("/v1/accounts", body).await;
    let secret = created["secret"].as_str().expect("a secret");
    let reporter = self::token(&servers[1].base, &id(&created).to_string(), secret).await;
    let reporters = [0, 1].map(|n| Caller::new(&servers[n].base, Some(reporter.clone())));
    for reporter in &reporters {
        reporter.get("/v1/councils").await.expect(200);
    }
    one.delete(&format!("/v1/accounts/{}", id(&created)), 1).await.expect(204);
    for reporter in &reporters {
        reporter.get("/v1/councils").await.expect(401);
    }
    // A revocation on the command line applies to both servers.
    let revoked = run_with_input(data.path(), &app.url(), &["accounts", "revoke", &client], "");
    assert!(revoked.status.success());
    for admin in [&one, &other] {
        admin.get("/v1/accounts").await.expect(401);
    }
    for server in servers {
        let (_, _, log) = server.stop(nix::sys::signal::Signal::SIGTERM);
        assert!(!log.contains(secret) && !log.contains(&token), "the log contains no secret and no token");
        assert!(log.contains("\"caller\":\"power-bi\""), "the log names the client: {log}");
    }
}

#[tokio::test]
async fn the_first_administrator_is_created_on_the_command_line() {
    let (app, data) = (App::new(), data_dir());
    let create =
        ["accounts", "create", "--user", "--role", "admin", "--name", "Ada", "--email", "ada@example.org"];
    let error = failure(&run_with_input(data.path(), &app.url(), &create, "short\n"));
    assert!(error.contains("password: "), "{error}");
    let error =
        failure(&run_with_input(data.path(), &app.url(), &create, "ada@example.orgada@example.org\n"));
    assert!(error.contains("password: The password is easy to guess."), "{error}");
    let created = run_with_input(data.path(), &app.url(), &create, "a long phrase of hers\n");
    let text = String::from_utf8(created.stdout.clone()).expect("UTF-8");
    assert!(text.starts_with("id ") && text.lines().count() == 1, "{text}");
    let duplicate = failure(&run_with_input(data.path(), &app.url(), &create, "a long phrase of hers\n"));
    assert!(duplicate.contains("email: Another user has this e-mail address."), "{duplicate}");
    let list = run_with_input(data.path(), &app.url(), &["accounts", "list"], "");
    let ada = labelled_value(&created, "id ").expect("an id");
    assert_eq!(String::from_utf8(list.stdout).expect("UTF-8"), format!("{ada} user admin Ada\n"));
    assert_eq!(app.admin().read("/v1/accounts").await["data"][0]["email"], "ada@example.org");
    let create =
        ["accounts", "create", "--user", "--role", "officer", "--name", "Zo", "--email", "zo@example.org"];
    let created = run_with_input(data.path(), &app.url(), &create, "ein scho\u{308}ner langer satz\n");
    assert!(labelled_value(&created, "id ").is_some());
    sign_in(&app.anonymous(), "zo@example.org", "ein sch\u{f6}ner langer satz").await.expect(201);
    let unknown = run_with_input(
        data.path(),
        &app.url(),
        &["accounts", "revoke", &uuid::Uuid::now_v7().to_string()],
        "",
    );
    assert!(failure(&unknown).contains("no unrevoked account has this id"));
    assert!(stdout_of(data.path(), &["policy"]).contains("| deleteAccount | yes | - | - | - |"));
}

#[test]
fn a_command_on_an_uninitialised_data_directory_creates_nothing() {
    let data = empty_data_dir();
    for arguments in [
        &["token", "--role", "officer"][..],
        &["accounts", "create", "--role", "officer", "--name", "crm"],
        &["accounts", "list"],
        &["keys", "rotate"],
        &["keys", "webhooks"],
    ] {
        let refused = failure(&ended(&mut command(data.path(), arguments)));
        assert!(
            refused.contains("no server has used the data directory") && refused.contains("OUTTURN_DATA_DIR"),
            "{refused}"
        );
        assert_eq!(std::fs::read_dir(data.path()).expect("a directory").count(), 0, "{arguments:?}");
    }
    stdout_of(data.path(), &["token", "--role", "officer", "--init"]);
}

#[test]
fn a_command_whose_issuer_differs_from_the_servers_is_refused() {
    let data = data_dir();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("OUTTURN_ISSUER", "https://api.example.org");
    let _server = Server::launch(serve);
    let token = ["token", "--role", "officer"];
    let refused = failure(&ended(&mut command(data.path(), &token)));
    assert!(refused.contains("OUTTURN_ISSUER is outturn, but"), "{refused}");
    assert!(refused.contains("Set OUTTURN_ISSUER to https://api.example.org"), "{refused}");
    let named = ended(command(data.path(), &token).env("OUTTURN_ISSUER", "https://api.example.org"));
    let error = String::from_utf8_lossy(&named.stderr).into_owned();
    assert!(
        error.contains(&data.path().display().to_string()) && error.contains("https://api.example.org"),
        "{error}"
    );
}

/// Whether the terminal that `script` created for its command does not echo its input.
#[cfg(target_os = "linux")]
fn hides_input(script: u32) -> bool {
    let children = std::fs::read_to_string(format!("/proc/{script}/task/{script}/children"));
    let child = children.ok().and_then(|all| all.split_whitespace().next().map(str::to_owned));
    let terminal = child.and_then(|child| std::fs::read_link(format!("/proc/{child}/fd/0")).ok());
    let settings = terminal
        .and_then(|terminal| std::process::Command::new("stty").arg("-aF").arg(terminal).output().ok());
    settings.is_some_and(|output| String::from_utf8_lossy(&output.stdout).contains(" -echo "))
}

/// Runs a command on its own terminal and enters a line at each prompt. Returns whether the command
/// succeeded, and the terminal's output.
#[cfg(target_os = "linux")]
fn run_on_terminal(data: &Path, arguments: &str, typed: [(&str, &str); 2]) -> (bool, String) {
    let program = command(data, &[]).get_program().to_owned();
    let line = format!("'{}' {arguments}", program.display());
    let mut script = std::process::Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env("OUTTURN_DATA_DIR", data);
    script.env_remove("DATABASE_URL").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = script.spawn().expect("script, of util-linux");
    let mut input = child.stdin.take().expect("standard input");
    let mut output = child.stdout.take().expect("standard output");
    let mut transcript = String::new();
    for (prompt, line) in typed {
        let mut letter = [0];
        while !transcript.ends_with(prompt) {
            output.read_exact(&mut letter).expect(prompt);
            transcript.push(char::from(letter[0]));
        }
        // The command prints the prompt just before it turns the echo off.
        poll_until_blocking(|| hides_input(child.id()), |is_hidden| *is_hidden);
        writeln!(input, "{line}").expect("the line is written");
    }
    output.read_to_string(&mut transcript).expect("text");
    (child.wait().expect("the command ends").success(), transcript)
}

#[test]
#[cfg(target_os = "linux")]
fn a_terminal_prompt_reads_the_password_twice_without_echo() {
    let data = data_dir();
    let create = "accounts create --init --user --role admin --name Ada --email ada@example.org";
    let (first, second) = ("Password: ", "Repeat the password: ");
    let typed = [(first, "a long and quiet river"), (second, "a long and quiet rivet")];
    let (is_created, transcript) = run_on_terminal(data.path(), create, typed);
    assert!(!is_created && transcript.contains("the two passwords differ"), "{transcript}");
    let typed = [(first, "a long and quiet river"), (second, "a long and quiet river")];
    let (is_created, transcript) = run_on_terminal(data.path(), create, typed);
    assert!(is_created && transcript.contains("id "), "{transcript}");
    assert!(!transcript.contains("quiet"), "{transcript}");
}
