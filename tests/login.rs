//! `hallmark login` as somebody types it, against a server of the test.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]
#![cfg(unix)]

#[path = "support/login_servers.rs"]
mod login_servers;
#[path = "support/program.rs"]
#[expect(dead_code, reason = "other tests read records too")]
mod program;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Child;
use std::time::Duration;

use login_servers::Servers;
use program::{Folder, Ran, with_browser};

fn run(folder: &Folder, arguments: &[&str]) -> Ran {
    with_browser(folder, arguments)
        .output()
        .expect("the binary starts")
        .into()
}

/// What the person at the browser does: follows the address to the end. The last address is called, or handed back.
async fn browse(address: &str, call: bool) -> String {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a client");
    let answer = client.get(address).send().await.expect("an answer");
    let last = answer.headers()["location"].to_str().expect("text").to_owned();
    if call {
        let page = client.get(&last).send().await.expect("a page");
        assert_eq!(page.status(), 200);
        assert!(
            page.text()
                .await
                .expect("a page")
                .contains("You can close this window.")
        );
    }
    last
}

/// Waits for the n-th address that the browser was given.
async fn opened(folder: &Folder, nth: usize) -> String {
    let mut found = None;
    for _ in 0..500 {
        found = folder.read("opened").lines().nth(nth).map(str::to_owned);
        if found.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    found.expect("a browser was opened")
}

async fn ended(child: Child) -> Ran {
    let output = tokio::task::spawn_blocking(move || child.wait_with_output());
    output.await.expect("a task").expect("it ended").into()
}

fn masked(text: &str, servers: &Servers, folder: &Folder) -> String {
    let text = text
        .replace(&servers.server.uri(), "AS")
        .replace(&folder.path().display().to_string(), "HOME");
    let patterns = [
        (r"\n  AS/authorize\?\S+", "\n  AS/authorize?…"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "DAY"),
        (r"for 5\d min", "for 59 min"),
        (r"age1[a-z0-9]+", "age1…"),
    ];
    patterns.into_iter().fold(text, |text, (pattern, with)| {
        regex::Regex::new(pattern)
            .expect("a pattern")
            .replace_all(&text, with)
            .into_owned()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_here_a_step_up_and_the_end() {
    let (servers, folder) = (Servers::new().await, Folder::new());
    let endpoint = servers.endpoint();
    let child = with_browser(&folder, &["login", "--url", &endpoint, "--as", "writer"])
        .env("A_TOKEN", "in-the-environment")
        .spawn()
        .expect("the binary starts");
    browse(&opened(&folder, 0).await, true).await;
    // The endpoint wants more scope than it said.
    browse(&opened(&folder, 1).await, true).await;
    let ran = ended(child).await;
    insta::assert_snapshot!(masked(&format!("{}---\n{}", ran.stderr, ran.stdout), &servers, &folder), @r"
      AS/mcp as writer
      the OS keyring is not asked (HALLMARK_VAULT_KEYRING=off), so the new key of the vault is in the file HOME/.config/hallmark/vault.key (mode 0600)
      the endpoint answers HTTP 401 without a credential
      resource AS/mcp (from AS/.well-known/oauth-protected-resource/mcp)
      authorization server AS (from AS/.well-known/oauth-authorization-server)
      client dyn (registered just now)

    The browser opens. If it does not, open this address in one on this machine:

      AS/authorize?…

      waiting for the browser, 10 min at most; Ctrl-C ends it
      consent given
      token received: scope read; can be refreshed
      the endpoint wants more: asking for read write
      resource AS/mcp (from AS/.well-known/oauth-protected-resource/mcp)
      authorization server AS (from AS/.well-known/oauth-authorization-server)
      client dyn (as before)

    The browser opens. If it does not, open this address in one on this machine:

      AS/authorize?…

      waiting for the browser, 10 min at most; Ctrl-C ends it
      consent given
      token received: scope read write; can be refreshed
      the endpoint takes the token
    ---
    logged in as writer. Later runs refresh by themselves; in a target file:
      principals: { writer: { oauth: { vault: writer } } }
    ");
    assert_eq!(ran.code, 0);
    assert!(!folder.read("environment").contains("A_TOKEN"));
    let all = ran.stderr + &ran.stdout;
    assert!(!all.contains("ACCESS") && !all.contains("REFRESH"), "{all}");

    let status = run(&folder, &["login", "--status"]);
    insta::assert_snapshot!(masked(&status.stdout, &servers, &folder), @r"
    writer: connected
      AS/mcp
      by AS as client dyn, scope read write
      consent of DAY
      access token for 60 min; not refreshed yet
    ");
    assert_eq!((status.code, status.stderr.as_str()), (0, ""));

    let forgotten = run(&folder, &["login", "--forget", "--as", "writer"]);
    insta::assert_snapshot!(masked(&(forgotten.stderr + &forgotten.stdout), &servers, &folder), @r"
      revoked at AS
    `writer` is forgotten
    ");
    assert_eq!(forgotten.code, 0);
    assert_eq!(
        servers.seen("/revoke"),
        ["/revoke token=REFRESH-1&token_type_hint=refresh_token&client_id=dyn"]
    );
    assert!(
        run(&folder, &["login", "--status"])
            .stdout
            .starts_with("nobody is logged in")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_elsewhere_and_a_pasted_address() {
    let (servers, folder) = (Servers::new().await, Folder::new());
    let mut child = with_browser(
        &folder,
        &["login", "--url", &servers.endpoint(), "--scope", "read write"],
    )
    .env("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    .spawn()
    .expect("the binary starts");
    let mut said = String::new();
    let mut stderr = BufReader::new(child.stderr.take().expect("its words"));
    while !said.contains("press Enter:") {
        assert!(stderr.read_line(&mut said).expect("a line") > 0, "{said}");
    }
    let address = said.lines().find_map(|line| {
        line.strip_prefix("  http")
            .filter(|rest| rest.contains("/authorize?"))
    });
    let last = browse(&format!("http{}", address.expect("an address")), false).await;
    let mut stdin = child.stdin.take().expect("its ear");
    writeln!(stdin, "read\n{}\n{last}", last.replace("state=", "state=x")).expect("pasted");
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).expect("its words");
    let ran = ended(child).await;
    let text = masked(&(said + &rest + "---\n" + &ran.stdout), &servers, &folder);
    let port = regex::Regex::new(r"127\.0\.0\.1:\d+").expect("a pattern");
    insta::assert_snapshot!(port.replace_all(&text, "127.0.0.1:PORT"), @r"
      AS/mcp as default
      the OS keyring is not asked (HALLMARK_VAULT_KEYRING=off), so the new key of the vault is in the file HOME/.config/hallmark/vault.key (mode 0600)
      the endpoint answers HTTP 401 without a credential
      resource AS/mcp (from AS/.well-known/oauth-protected-resource/mcp)
      authorization server AS (from AS/.well-known/oauth-authorization-server)
      client dyn (registered just now)

    Open this address in a browser, on any machine:

      AS/authorize?…

    At the end the browser is sent to an address that begins with
    http://127.0.0.1 and may say that it cannot be reached. Copy that whole
    address from the browser, paste it here and press Enter:
      paste the whole address that the browser shows at the end, not the code alone: `state` stands in it; still waiting
      refused a callback that is not of this login; still waiting
      consent given
      token received: scope read write; can be refreshed
      the endpoint takes the token
    ---
    logged in as default. Later runs refresh by themselves; in a target file:
      principals: { reader: { oauth: { vault: default } } }
    ");
    assert_eq!(ran.code, 0);
    assert!(folder.read("opened").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_revoked_is_kept_unless_it_must_go() {
    let (servers, folder) = (Servers::with_revocation(503).await, Folder::new());
    let child = with_browser(
        &folder,
        &["login", "--url", &servers.endpoint(), "--scope", "write"],
    )
    .spawn();
    browse(&opened(&folder, 0).await, true).await;
    assert_eq!(ended(child.expect("the binary starts")).await.code, 0);
    let kept = run(&folder, &["login", "--forget"]);
    insta::assert_snapshot!(masked(&(kept.stderr + &kept.stdout), &servers, &folder), @r"
    error: AS did not revoke it: (HTTP 503); it is kept
      help: try again, or --forget --force to delete it here all the same
    ");
    assert_eq!(kept.code, 4);
    let gone = run(&folder, &["login", "--forget", "--force"]);
    insta::assert_snapshot!(masked(&(gone.stderr + &gone.stdout), &servers, &folder), @r"
      AS did not revoke it: (HTTP 503)
    `default` is forgotten
    ");
    assert_eq!(gone.code, 0);
}

/// Mistakes, in the words that somebody reads who made them.
#[tokio::test(flavor = "multi_thread")]
async fn mistakes() {
    let (servers, folder) = (Servers::new().await, Folder::new());
    let endpoint = servers.endpoint();
    let nowhere = "http://127.0.0.1:1/mcp";
    let localhost = endpoint.replace("127.0.0.1", "localhost");
    let table: &[&[&str]] = &[
        &["login"],
        &["login", "--url", &endpoint, "--as", "No/Good"],
        &["login", "--url", nowhere],
        &["login", "--url", "http://mcp.example/mcp"],
        &["login", "--url", &localhost],
        &[
            "login",
            "--url",
            &endpoint,
            "--client-id",
            "x",
            "--client-secret-env",
            "UNSET",
        ],
        &[
            "login",
            "--url",
            &endpoint,
            "--client-id",
            "x",
            "--client-auth",
            "magic",
        ],
        &["login", "--url", &endpoint, "--vault", "s3://bucket"],
        &["login", "--status", "--as", "nobody"],
        &["login", "--forget", "--as", "nobody"],
    ];
    let mut told = Vec::new();
    for arguments in table {
        let ran = run(&folder, arguments);
        told.push(format!(
            "$ {} → {}\n{}{}",
            arguments.join(" "),
            ran.code,
            ran.stderr,
            ran.stdout
        ));
    }
    let text = masked(&told.join("\n"), &servers, &folder);
    let port = regex::Regex::new(r"localhost:\d+").expect("a pattern");
    insta::assert_snapshot!(port.replace_all(&text, "localhost:PORT"), @r"
    $ login → 2
    error: log in to what?
      help: --url MCP-ENDPOINT, or --target FILE

    $ login --url AS/mcp --as No/Good → 2
    error: `No/Good` is no name for a login: lower-case letters, digits, `-` and `_`, at most 64

    $ login --url http://127.0.0.1:1/mcp → 4
      http://127.0.0.1:1/mcp as default
      the OS keyring is not asked (HALLMARK_VAULT_KEYRING=off), so the new key of the vault is in the file HOME/.config/hallmark/vault.key (mode 0600)
    error: no answer from the MCP endpoint (http://127.0.0.1:1/mcp): cannot connect to 127.0.0.1:1: connection refused

    $ login --url http://mcp.example/mcp → 2
      http://mcp.example/mcp as default
    error: the MCP endpoint is http://mcp.example/mcp: neither https nor http on a literal loopback address

    $ login --url http://localhost:PORT/mcp → 2
      http://localhost:PORT/mcp as default
    error: the MCP endpoint is http://localhost:PORT/mcp: a name is no literal loopback address; write http://127.0.0.1, or --allow-localhost

    $ login --url AS/mcp --client-id x --client-secret-env UNSET → 3
    error: the variable UNSET is not set, or empty
      help: nothing was sent

    $ login --url AS/mcp --client-id x --client-auth magic → 2
    error: --client-auth knows no `magic`
      help: none, client_secret_basic, client_secret_post, private_key_jwt

    $ login --url AS/mcp --vault s3://bucket → 3
    error: `s3://bucket` is no vault that this version knows: write file:/PATH

    $ login --status --as nobody → 4
    there is no login `nobody`: hallmark login --url MCP-ENDPOINT --as nobody

    $ login --forget --as nobody → 0
    there is no login `nobody`
    ");
}

/// A vault of another key, one that others can read, one that cannot be written.
#[tokio::test(flavor = "multi_thread")]
async fn trouble_with_the_vault() {
    let (servers, folder) = (Servers::new().await, Folder::new());
    let endpoint = servers.endpoint();
    let login = ["login", "--url", &endpoint, "--scope", "write"];
    let child = with_browser(&folder, &login).spawn().expect("the binary starts");
    browse(&opened(&folder, 0).await, true).await;
    assert_eq!(ended(child).await.code, 0);
    let vault = folder.path().join(".local/share/hallmark/vault");
    let key = folder.path().join(".config/hallmark/vault.key");
    let set = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    let mut told = Vec::new();
    let mut tell =
        |what: &str, ran: Ran| told.push(format!("{what} → {}\n{}{}", ran.code, ran.stderr, ran.stdout));
    set(&key, 0o644);
    tell("an open key", run(&folder, &["login", "--status"]));
    set(&key, 0o600);
    set(&vault, 0o750);
    tell("an open vault", run(&folder, &login));
    set(&vault, 0o700);
    let other = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    let with = |value: &str, arguments: &[&str]| -> Ran {
        let output = with_browser(&folder, arguments)
            .env("HALLMARK_VAULT_KEY", value)
            .output();
        output.expect("the binary starts").into()
    };
    tell("another key", with(other, &["login", "--status"]));
    tell("no key", with("hunter2", &["login", "--status"]));
    std::fs::remove_file(&key).expect("gone");
    tell("the key is gone", run(&folder, &["login", "--status"]));
    insta::assert_snapshot!(masked(&told.join("\n"), &servers, &folder), @r"
    an open key → 3
    error: HOME/.config/hallmark/vault.key can be read by others (mode 0644); type: chmod 600 HOME/.config/hallmark/vault.key

    an open vault → 3
    error: HOME/.local/share/hallmark/vault can be read by others (mode 0750); type: chmod 700 HOME/.local/share/hallmark/vault

    another key → 3
    error: HOME/.local/share/hallmark/vault was sealed with another key (age1…) than the one at hand (age1…, from the variable HALLMARK_VAULT_KEY); give the first one in HALLMARK_VAULT_KEY, or another folder in HALLMARK_VAULT

    no key → 3
    error: the variable HALLMARK_VAULT_KEY holds no key: invalid Bech32 encoding; a key is one line AGE-SECRET-KEY-1…, as `age-keygen` writes it

    the key is gone → 3
    error: there is no key for the vault: HALLMARK_VAULT_KEY is not set, HOME/.config/hallmark/vault.key does not exist, the OS keyring is not asked (HALLMARK_VAULT_KEYRING=off); export HALLMARK_VAULT_KEY with the key the login was made with, or log in again
    ");
}
