//! Accounts at the console, and what a revocation means to every server.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::json;

use super::server::{Server, command, data_dir, empty_data_dir, ended, failure, printed};
use crate::sessions::sign_in;
use crate::support::{App, Person, id, until_blocking};

/// Runs a command with this on its standard input.
pub fn told(data: &Path, url: &str, arguments: &[&str], input: &str) -> Output {
    let mut child = command(data, arguments)
        .env("DATABASE_URL", url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    child.stdin.take().expect("standard input").write_all(input.as_bytes()).expect("told");
    child.wait_with_output().expect("it ends")
}

/// The word behind a label in what a command printed.
pub fn printed_word(output: &Output, label: &str) -> Option<String> {
    let text = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    text.lines().find_map(|line| line.strip_prefix(label)).map(|rest| rest.trim().to_owned())
}

async fn token(base: &str, client: &str, secret: &str) -> String {
    let stranger = Person::new(base, None);
    let form = [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret)];
    let request = stranger.request(reqwest::Method::POST, "/v1/auth/token").form(&form);
    let answer = stranger.send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn a_revoked_client_is_refused_by_every_server_at_its_next_request() {
    let (app, data) = (App::new(), data_dir());
    let create = ["accounts", "create", "--role", "admin", "--name", "first-admin"];
    let output = told(data.path(), &app.url(), &create, "");
    let client = printed_word(&output, "id ").expect("an id");
    let secret = printed_word(&output, "secret ").expect("a secret");
    let start = || {
        let mut serve = command(data.path(), &["serve"]);
        serve.env("DATABASE_URL", app.url());
        Server::launch(serve)
    };
    let servers = [start(), start()];
    let token = token(&servers[0].base, &client, &secret).await;
    let [one, other] = [0, 1].map(|n| Person::new(&servers[n].base, Some(token.clone())));
    one.get("/v1/accounts").await.expect(200);
    other.get("/v1/accounts").await.expect(200);
    // An account entered over one server is known to the other; revoked over the one, refused by both.
    let body = json!({ "kind": "client", "name": "power-bi", "role": "reporter" });
    let made = one.make("/v1/accounts", body).await;
    let secret = made["secret"].as_str().expect("a secret");
    let reporter = self::token(&servers[1].base, &id(&made).to_string(), secret).await;
    let reporters = [0, 1].map(|n| Person::new(&servers[n].base, Some(reporter.clone())));
    for reporter in &reporters {
        reporter.get("/v1/councils").await.expect(200);
    }
    one.delete(&format!("/v1/accounts/{}", id(&made)), 1).await.expect(204);
    for reporter in &reporters {
        reporter.get("/v1/councils").await.expect(401);
    }
    // And at the console.
    let revoked = told(data.path(), &app.url(), &["accounts", "revoke", &client], "");
    assert!(revoked.status.success());
    for admin in [&one, &other] {
        admin.get("/v1/accounts").await.expect(401);
    }
    for server in servers {
        let (_, _, log) = server.stop(nix::sys::signal::Signal::SIGTERM);
        assert!(!log.contains(secret) && !log.contains(&token), "no secret and no token is logged");
        assert!(log.contains("\"subject\":\"power-bi\""), "a client is known by its name: {log}");
    }
}

#[tokio::test]
async fn the_first_administrator_is_made_at_the_console() {
    let (app, data) = (App::new(), data_dir());
    let create =
        ["accounts", "create", "--user", "--role", "admin", "--name", "Ada", "--email", "ada@example.org"];
    let said = failure(&told(data.path(), &app.url(), &create, "short\n"));
    assert!(said.contains("password: "), "{said}");
    let said = failure(&told(data.path(), &app.url(), &create, "ada@example.orgada@example.org\n"));
    assert!(said.contains("password: The password is easy to guess."), "{said}");
    let made = told(data.path(), &app.url(), &create, "a long phrase of hers\n");
    let text = String::from_utf8(made.stdout.clone()).expect("UTF-8");
    assert!(text.starts_with("id ") && text.lines().count() == 1, "{text}");
    let again = failure(&told(data.path(), &app.url(), &create, "a long phrase of hers\n"));
    assert!(again.contains("email: Another user has this e-mail address."), "{again}");
    let listed = told(data.path(), &app.url(), &["accounts", "list"], "");
    let ada = printed_word(&made, "id ").expect("an id");
    assert_eq!(String::from_utf8(listed.stdout).expect("UTF-8"), format!("{ada} user admin Ada\n"));
    assert_eq!(app.admin().read("/v1/accounts").await["data"][0]["email"], "ada@example.org");
    let create =
        ["accounts", "create", "--user", "--role", "officer", "--name", "Zo", "--email", "zo@example.org"];
    let made = told(data.path(), &app.url(), &create, "ein scho\u{308}ner langer satz\n");
    assert!(printed_word(&made, "id ").is_some());
    sign_in(&app.stranger(), "zo@example.org", "ein sch\u{f6}ner langer satz").await.expect(201);
    let unknown =
        told(data.path(), &app.url(), &["accounts", "revoke", &uuid::Uuid::now_v7().to_string()], "");
    assert!(failure(&unknown).contains("no such account"));
    assert!(printed(data.path(), &["policy"]).contains("| deleteAccount | yes | - | - | - |"));
}

#[test]
fn a_command_for_a_directory_that_no_server_made_creates_nothing() {
    let data = empty_data_dir();
    for arguments in [
        &["token", "--role", "officer"][..],
        &["accounts", "create", "--role", "officer", "--name", "crm"],
        &["accounts", "list"],
        &["keys", "rotate"],
        &["keys", "webhooks"],
    ] {
        let refused = failure(&ended(&mut command(data.path(), arguments)));
        assert!(refused.contains("no server has run") && refused.contains("OUTTURN_DATA_DIR"), "{refused}");
        assert_eq!(std::fs::read_dir(data.path()).expect("a directory").count(), 0, "{arguments:?}");
    }
    printed(data.path(), &["token", "--role", "officer", "--init"]);
}

#[test]
fn a_command_with_another_issuer_than_the_servers_is_refused() {
    let data = data_dir();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("OUTTURN_ISSUER", "https://api.example.org");
    let _server = Server::launch(serve);
    let token = ["token", "--role", "officer"];
    let refused = failure(&ended(&mut command(data.path(), &token)));
    assert!(refused.contains("OUTTURN_ISSUER=https://api.example.org, and not outturn"), "{refused}");
    let named = ended(command(data.path(), &token).env("OUTTURN_ISSUER", "https://api.example.org"));
    let said = String::from_utf8_lossy(&named.stderr).into_owned();
    assert!(
        said.contains(&data.path().display().to_string()) && said.contains("https://api.example.org"),
        "{said}"
    );
}

/// Whether the terminal that `script` made for its command hides what is typed.
#[cfg(target_os = "linux")]
fn hides_input(script: u32) -> bool {
    let children = std::fs::read_to_string(format!("/proc/{script}/task/{script}/children"));
    let child = children.ok().and_then(|all| all.split_whitespace().next().map(str::to_owned));
    let terminal = child.and_then(|child| std::fs::read_link(format!("/proc/{child}/fd/0")).ok());
    let settings = terminal
        .and_then(|terminal| std::process::Command::new("stty").arg("-aF").arg(terminal).output().ok());
    settings.is_some_and(|output| String::from_utf8_lossy(&output.stdout).contains(" -echo "))
}

/// Runs a command on a terminal of its own, types a line at each prompt, and returns whether it succeeded and what the
/// terminal showed.
#[cfg(target_os = "linux")]
fn on_a_terminal(data: &Path, arguments: &str, typed: [(&str, &str); 2]) -> (bool, String) {
    let program = command(data, &[]).get_program().to_owned();
    let line = format!("'{}' {arguments}", program.display());
    let mut script = std::process::Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env("OUTTURN_DATA_DIR", data);
    script.env_remove("DATABASE_URL").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = script.spawn().expect("script, of util-linux");
    let mut input = child.stdin.take().expect("standard input");
    let mut output = child.stdout.take().expect("standard output");
    let mut shown = String::new();
    for (prompt, line) in typed {
        let mut letter = [0];
        while !shown.ends_with(prompt) {
            output.read_exact(&mut letter).expect(prompt);
            shown.push(char::from(letter[0]));
        }
        // The prompt is shown just before the terminal is told to hide what is typed.
        until_blocking(|| hides_input(child.id()), |is_hidden| *is_hidden);
        writeln!(input, "{line}").expect("typed");
    }
    output.read_to_string(&mut shown).expect("text");
    (child.wait().expect("it ends").success(), shown)
}

#[test]
#[cfg(target_os = "linux")]
fn on_a_terminal_a_password_is_asked_for_twice_and_not_shown() {
    let data = data_dir();
    let create = "accounts create --init --user --role admin --name Ada --email ada@example.org";
    let (first, second) = ("Password: ", "Repeat the password: ");
    let typed = [(first, "a long and quiet river"), (second, "a long and quiet rivet")];
    let (is_created, shown) = on_a_terminal(data.path(), create, typed);
    assert!(!is_created && shown.contains("the two passwords differ"), "{shown}");
    let typed = [(first, "a long and quiet river"), (second, "a long and quiet river")];
    let (is_created, shown) = on_a_terminal(data.path(), create, typed);
    assert!(is_created && shown.contains("id "), "{shown}");
    assert!(!shown.contains("quiet"), "{shown}");
}
