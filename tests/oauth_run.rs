//! Flows against authorization servers that answer wrongly, or not: every run ends, and says what it saw.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod support {
    #[expect(dead_code, reason = "each test uses a part of it")]
    pub(crate) mod program;
}

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use hallmark::wire::{Answer, Listener};
use serde_json::json;
use support::program::{Folder, checks, hallmark};
use tokio::net::TcpListener;

const SCENARIO: &str = "scenario: A token is given
subject: authorization-server
steps:
  - check: flow
    oauth: { grant: authorization_code }
    as: grantee
    expect: { outcome: done }
  - check: principal
    http: { url: /somewhere }
    as: grantee
    expect: { status: 404 }
";

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    Answer {
        status,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.to_owned().into(),
        after: Duration::ZERO,
    }
}

fn json_answer(status: u16, body: &str) -> Answer {
    answer(status, &[("Content-Type", "application/json")], body)
}

/// A server that gives everybody a code, at which nobody has to sign in.
async fn server(token: Option<Answer>, token_endpoint: Option<String>, authorize: Answer) -> Listener {
    let server = Listener::bind().await.expect("a port");
    let url = server.url();
    let metadata = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": token_endpoint.unwrap_or_else(|| format!("{url}/token")),
    });
    let mut routes = BTreeMap::from([
        (
            "/.well-known/oauth-authorization-server".to_owned(),
            json_answer(200, &metadata.to_string()),
        ),
        ("/authorize".to_owned(), authorize),
        ("/loop".to_owned(), answer(302, &[("Location", "/loop")], "")),
    ]);
    routes.extend(token.map(|token| ("/token".to_owned(), token)));
    server.route(routes);
    server
}

fn code() -> Answer {
    answer(
        302,
        &[(
            "Location",
            "http://127.0.0.1:1/callback?code=s3cr3t-code-0123456789",
        )],
        "",
    )
}

/// The verdicts of a run against it, and that nothing hung and no secret got out.
async fn said(server: &Listener) -> String {
    let folder = Folder::new();
    let target = format!(
        "target: t
oauth:
  issuer: {}
  clients: {{ agent: {{ id: agent, redirect: \"http://127.0.0.1:1/callback\" }} }}
  users: {{ alice: {{ name: alice }} }}
  consent: none
principals:
  stranger: {{ credential: none }}
  grantee: {{ oauth: {{ client: agent, user: alice, scopes: [a] }} }}
timeouts: {{ exchange: 1s }}
",
        server.url()
    );
    folder.write("hallmark.yaml", &target);
    folder.write("conformance/flow.yaml", SCENARIO);
    let begun = Instant::now();
    let (folder, ran) = tokio::task::spawn_blocking(move || {
        let ran = hallmark(&folder, &["run", "--target", "hallmark.yaml", "conformance"]);
        (folder, ran)
    })
    .await
    .expect("the run ends");
    assert!(begun.elapsed() < Duration::from_secs(30), "it hung");
    let record = folder.read("hallmark-out/record.json");
    assert!(!record.contains("s3cr3t-code"), "the code is in the record");
    let mut text = format!("exit {}", ran.code);
    for check in checks(&folder) {
        let _ = write!(text, "\n  {} {}", check.verdict, check.message);
    }
    text.replace(&server.authority(), "SERVER")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_token_endpoints() {
    let html = [("Content-Type", "text/html")];
    let good = r#"{"access_token":"t0ken-0123456789","token_type":"Bearer","expires_in":60}"#;
    let answers = [
        ("a token", json_answer(200, good)),
        ("html", answer(200, &html, "<html><p>Sign in</p></html>")),
        ("truncated json", json_answer(200, &good[..30])),
        ("error in a 200", json_answer(200, r#"{"error":"invalid_grant"}"#)),
        (
            "a refusal",
            json_answer(400, r#"{"error":"invalid_grant","error_description":"over"}"#),
        ),
        (
            "a redirect",
            answer(307, &[("Location", "https://elsewhere.example/token")], ""),
        ),
        ("failure", answer(500, &html, "<h1>500</h1>")),
        ("too many", answer(429, &[("Retry-After", "7")], "")),
        ("nothing in it", answer(200, &[], "")),
        ("no token", json_answer(200, "{}")),
    ];
    let mut lines = Vec::new();
    for (name, token) in answers {
        let server = server(Some(token), None, code()).await;
        lines.push(format!("{name}: {}", said(&server).await));
    }
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}/token", silent.local_addr().expect("bound"));
    let mute = server(None, Some(address), code()).await;
    lines.push(format!("silence: {}", said(&mute).await));
    drop(silent);
    let plain = server(None, Some("http://203.0.113.1/token".to_owned()), code()).await;
    lines.push(format!("plain http elsewhere: {}", said(&plain).await));
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_authorization_endpoints() {
    let back = |query: &str| {
        let to = format!("http://127.0.0.1:1/callback?{query}");
        answer(302, &[("Location", &to)], "")
    };
    let answers = [
        ("a refusal", back("error=access_denied&state=x")),
        ("neither code nor error", back("state=x")),
        ("a loop", answer(302, &[("Location", "/loop")], "")),
        (
            "a page",
            answer(200, &[("Content-Type", "text/html")], "<p>Who are you?</p>"),
        ),
        (
            "an error page",
            answer(400, &[("Content-Type", "text/html")], "<p>No.</p>"),
        ),
        (
            "a redirect to plain http",
            answer(302, &[("Location", "http://203.0.113.1/login")], ""),
        ),
        ("failure", answer(500, &[], "")),
    ];
    let mut lines = Vec::new();
    for (name, authorize) in answers {
        let server = server(Some(json_answer(200, "{}")), None, authorize).await;
        lines.push(format!("{name}: {}", said(&server).await));
        let asked = server
            .heard()
            .iter()
            .any(|one| one.request.url.contains("/token"));
        assert!(!asked, "{name}: a token was asked for without a code");
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// The examples of OAuth steps on the embedded mock: what they show is how it is.
#[test]
fn the_examples_pass() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/examples");
    let folder = Folder::new();
    for name in ["oauth", "oauth-callback", "oauth-client", "page", "mint", "serve"] {
        let path = format!("{root}/{name}.yaml");
        let ran = hallmark(&folder, &["run", &path]);
        let passed = |check: &support::program::Checked| check.verdict == "passed";
        assert!(checks(&folder).iter().all(passed), "{name}: {}", ran.stdout);
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
    }
}

/// Consent by filled forms, as a person would on the mock's page; narrowed and denied; flows of one browser.
#[test]
fn consent_by_forms() {
    const FORMS: &str = "scenario: A person decides
subject: authorization-server
needs: [oauth, consent-pages]
steps:
  - check: approved
    oauth: { grant: authorization_code, consent: pages, browser: one }
    as: grantee
    expect: { outcome: done, forms: { count: 2, none: { status: [307, 308] } } }
  - check: narrowed
    oauth:
      grant: authorization_code
      consent: pages
      scopes: [\"${target.scopes.narrow-read.first}\", \"${target.scopes.other-read.first}\"]
      narrow: \"${target.scopes.narrow-read}\"
    as: grantee
    expect: { outcome: done, scope: \"${target.scopes.narrow-read.first}\" }
  - check: denied
    oauth: { grant: authorization_code, consent: pages, decision: deny, stop_at: code }
    as: grantee
    expect: { outcome: refused, callback: { error: access_denied, code: { exists: false } } }
  - check: page
    oauth: { grant: authorization_code, consent: pages, stop_at: consent }
    as: grantee
    expect: { outcome: done, status: 200, callback: { exists: false } }
";
    let folder = Folder::new();
    folder.write("conformance/forms.yaml", FORMS);
    let ran = hallmark(&folder, &["run", "conformance"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert_eq!(checks(&folder).len(), 4);
}

/// Acts on principals with `oauth:`, and a token that is fetched again when it has expired.
#[test]
fn acts_on_principals() {
    let folder = Folder::new();
    for (name, act, wanted) in [
        ("revoked", "revoke: grantee", "refused"),
        ("closed", "disable: grantee", "refused"),
        ("expired", "expire: access-tokens", "refused"),
        ("other-key", "rotate: signing-key", "done"),
        ("aged", "advance: 2h", "done"),
    ] {
        let steps = format!(
            "scenario: Grants end
subject: resource-server
needs: [oauth]
steps:
  - {{ id: before, mcp: {{ probe: read }}, as: grantee, expect: {{ outcome: done }} }}
  - {{ do: {{ {act} }} }}
  - {{ check: {name}, mcp: {{ probe: read }}, as: grantee, expect: {{ outcome: {wanted} }} }}
"
        );
        folder.write(&format!("conformance/{name}.yaml"), &steps);
    }
    let ran = hallmark(&folder, &["run", "conformance"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert_eq!(checks(&folder).len(), 5);
}
