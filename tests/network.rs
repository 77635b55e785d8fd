//! The way to a server: certificates, client certificates, proxies, HTTP versions. Each test runs the binary against
//! servers of its own on the loopback.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod support;

use std::net::SocketAddr;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpListener;

use support::program::{Folder, Ran, checks, command};
use support::tls::{Authority, Settings, TOKEN, listen, plain, secure};

const LOOPBACK: &str = "127.0.0.1";
const BOTH: &[&[u8]] = &[b"h2", b"http/1.1"];

/// A run of one rule in a folder of its own.
struct Run {
    folder: Folder,
    command: Command,
}

impl Run {
    /// Without a target file.
    fn at(url: &str) -> Self {
        Self::of(&["--url", url, "--bearer-env", "TOKEN"])
    }

    fn of(arguments: &[&str]) -> Self {
        let folder = Folder::new();
        // The machine's own authorities have no part in this.
        folder.write("machine.pem", &Authority::new("of the machine").pem());
        let mut command = command(
            &folder,
            &[&["run", "--only", "BEARER-04", "--seed", "1"], arguments].concat(),
        );
        command
            .env("TOKEN", TOKEN)
            .env("SSL_CERT_FILE", folder.path().join("machine.pem"));
        Self { folder, command }
    }

    fn file(self, name: &str, text: &str) -> Self {
        self.folder.write(name, text);
        self
    }

    fn with(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    async fn end(self) -> Ended {
        let Self { folder, mut command } = self;
        let output = tokio::task::spawn_blocking(move || command.output().expect("the binary starts"))
            .await
            .expect("it ran");
        Ended {
            ran: output.into(),
            folder,
        }
    }
}

struct Ended {
    ran: Ran,
    folder: Folder,
}

impl Ended {
    /// The server was reached and the rule judged.
    #[track_caller]
    fn judged(&self, case: &str) {
        assert_eq!(self.ran.code, 0, "{case}: {}{}", self.ran.stdout, self.ran.stderr);
        let checks = checks(&self.folder);
        assert!(
            !checks.is_empty() && checks.iter().all(|check| check.verdict == "passed"),
            "{case}: {checks:?}"
        );
    }

    /// It was not, and the error and the one check of the record say why.
    #[track_caller]
    fn unjudged(&self, case: &str, why: &[&str]) {
        assert_eq!(self.ran.code, 4, "{case}: {}{}", self.ran.stdout, self.ran.stderr);
        assert!(
            self.ran.stderr.contains("error:") && self.ran.stderr.contains("help:"),
            "{case}: {}",
            self.ran.stderr
        );
        let checks = checks(&self.folder);
        assert_eq!(checks.len(), 1, "{case}: {checks:?}");
        assert_eq!(checks[0].verdict, "errored", "{case}");
        for part in why {
            assert!(
                checks[0].message.contains(part),
                "{case}: no `{part}` in {}",
                checks[0].message
            );
        }
    }

    /// All that was said and written.
    fn everything(&self) -> String {
        let mut all = format!("{}{}", self.ran.stdout, self.ran.stderr);
        for entry in std::fs::read_dir(self.folder.path().join("hallmark-out")).expect("reports") {
            all.push_str(&std::fs::read_to_string(entry.expect("a file").path()).expect("text"));
        }
        all
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_authority_must_be_named() {
    let authority = Authority::new("private");
    let server = secure(authority.server(LOOPBACK, Settings::default())).await;
    let url = server.url("https");
    let unknown = Run::at(&url).end().await;
    unknown.unjudged("not named", &[&url, "the certificate's issuer is unknown"]);
    assert!(
        unknown.ran.stderr.contains("--ca-file") && unknown.ran.stderr.contains("ca: "),
        "{}",
        unknown.ran.stderr
    );
    assert!(server.lines().is_empty(), "nothing is sent to a stranger");
    let none = Run::at(&url).env("SSL_CERT_FILE", "/nowhere.pem").end().await;
    none.unjudged(
        "a machine without authorities",
        &["no trusted root certificates", "CA file"],
    );
    let named = Run::at(&url)
        .file("ca.pem", &authority.pem())
        .with(&["--ca-file", "ca.pem"]);
    named.end().await.judged("--ca-file");
    let target = "target: private\nmcp: \"${env.MCP_URL}\"\nprincipals: { reader: { bearer: \"${env.TOKEN}\" } }\ntls: { ca: ca.pem }\n";
    let written = Run::of(&["--target", "below/target.yaml"]).env("MCP_URL", &url);
    written
        .file("below/target.yaml", target)
        .file("below/ca.pem", &authority.pem())
        .end()
        .await
        .judged("tls: { ca: … }, beside the file");
    let file = Run::at(&url).with(&["--ca-file", "nowhere.pem"]).end().await;
    assert_eq!(file.ran.code, 3, "{}", file.ran.stderr);
    assert!(file.ran.stderr.contains("nowhere.pem"), "{}", file.ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_certificate_is_said() {
    let authority = Authority::new("private");
    let expired = Settings {
        expired: true,
        ..Settings::default()
    };
    for (case, tls, why) in [
        (
            "expired",
            authority.server(LOOPBACK, expired),
            "the certificate has expired",
        ),
        (
            "another host",
            authority.server("other.test", Settings::default()),
            "the certificate is not for 127.0.0.1 but for other.test",
        ),
    ] {
        let server = secure(tls).await;
        let run = || Run::at(&server.url("https")).file("ca.pem", &authority.pem());
        run()
            .with(&["--ca-file", "ca.pem"])
            .end()
            .await
            .unjudged(case, &[why]);
        assert!(server.lines().is_empty(), "{case}");
        run().with(&["--insecure"]).end().await.judged(case);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_is_shown_where_it_is_required() {
    let (authority, stranger) = (Authority::new("private"), Authority::new("a stranger"));
    for tls12 in [false, true] {
        let settings = Settings {
            clients: Some(authority.roots()),
            tls12,
            ..Settings::default()
        };
        let server = secure(authority.server(LOOPBACK, settings)).await;
        let run = || {
            let files = Run::at(&server.url("https"))
                .with(&["--ca-file", "ca.pem"])
                .file("ca.pem", &authority.pem());
            files
                .file("client.pem", &authority.client())
                .file("stranger.pem", &stranger.client())
        };
        let case = |what: &str| format!("{what}, TLS 1.2: {tls12}");
        let words = &["client certificate"];
        run().end().await.unjudged(&case("none"), words);
        run()
            .with(&["--client-cert", "stranger.pem"])
            .end()
            .await
            .unjudged(&case("a stranger's"), words);
        assert!(server.lines().is_empty());
        run()
            .with(&["--client-cert", "client.pem"])
            .end()
            .await
            .judged(&case("the right one"));
        let keyless = run().with(&["--client-cert", "ca.pem"]).end().await;
        assert_eq!(keyless.ran.code, 3, "{}", keyless.ran.stderr);
        assert!(
            keyless.ran.stderr.contains("private key"),
            "{}",
            keyless.ran.stderr
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn proxy_variables_are_obeyed() {
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let proxy = plain().await;
        let run = Run::at("http://mcp.test/mcp").env(variable, &format!("http://{}", proxy.address));
        run.end().await.judged(variable);
        let lines = proxy.lines();
        assert!(
            lines[0] == "POST http://mcp.test/mcp HTTP/1.1" && lines.len() > 3,
            "{variable}: {lines:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_passed_by_where_it_is_forbidden() {
    for (case, no_proxy, arguments, by_proxy) in [
        ("allowed", "elsewhere.test", &[][..], true),
        ("NO_PROXY", "elsewhere.test,127.0.0.1", &[][..], false),
        ("NO_PROXY of everything", "*", &[][..], false),
        ("--no-proxy", "", &["--no-proxy"][..], false),
    ] {
        let (server, proxy) = (plain().await, plain().await);
        let run = Run::at(&server.url("http")).env("HTTP_PROXY", &format!("http://{}", proxy.address));
        run.env("NO_PROXY", no_proxy)
            .with(arguments)
            .end()
            .await
            .judged(case);
        assert_eq!(
            (proxy.lines().is_empty(), server.lines().is_empty()),
            (!by_proxy, by_proxy),
            "{case}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn https_goes_through_a_tunnel() {
    let authority = Authority::new("private");
    let proxy = listen(None, Some(authority.server("mcp.test", Settings::default()))).await;
    let run = Run::at("https://mcp.test/mcp").env("HTTPS_PROXY", &format!("http://{}", proxy.address));
    run.file("ca.pem", &authority.pem())
        .with(&["--ca-file", "ca.pem"])
        .end()
        .await
        .judged("HTTPS_PROXY");
    let lines = proxy.lines();
    assert_eq!(
        lines[..2],
        ["CONNECT mcp.test:443 HTTP/1.1", "POST /mcp HTTP/1.1"],
        "{lines:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_a_proxy_are_used_and_never_shown() {
    const PAIR: &str = "proxy-user:proxy-pass-4711";
    let wanted = format!("Basic {}", STANDARD.encode(PAIR));
    let (proxy, dead) = (plain().await, dead().await);
    for (case, address, url, code, shown) in [
        ("answered", proxy.address, "http://mcp.test/mcp", 0, "PASSED"),
        (
            "repeated by the peer",
            proxy.address,
            "http://mcp.test/open",
            1,
            "by way of Basic [proxy:",
        ),
        ("dead", dead, "http://mcp.test/mcp", 4, "connection refused"),
        (
            "refused tunnel",
            proxy.address,
            "https://mcp.test/mcp",
            4,
            "the proxy opened no tunnel",
        ),
        (
            "dead tunnel",
            dead,
            "https://mcp.test/mcp",
            4,
            "the proxy opened no tunnel (connection refused)",
        ),
    ] {
        let ended = Run::at(url)
            .env("ALL_PROXY", &format!("http://{PAIR}@{address}"))
            .with(&["--verbose"])
            .end()
            .await;
        let all = ended.everything();
        assert_eq!(ended.ran.code, code, "{case}: {all}");
        assert!(all.contains(shown), "{case}: no `{shown}` in {all}");
        for secret in [
            PAIR,
            "proxy-pass-4711",
            STANDARD.encode(PAIR).trim_end_matches('='),
        ] {
            assert!(!all.contains(secret), "{case}: {all}");
        }
    }
    let heard = proxy.heard.lock().expect("whole");
    assert!(
        heard
            .iter()
            .all(|heard| heard.proxy_authorization.as_ref() == Some(&wanted))
    );
    assert!(
        heard
            .iter()
            .any(|heard| heard.line == "CONNECT mcp.test:443 HTTP/1.1")
    );
}

/// Nothing listens here.
async fn dead() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("bound")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_mock_needs_no_proxy() {
    let proxy = format!("http://{}", dead().await);
    let run = Run::of(&[])
        .env("HTTP_PROXY", &proxy)
        .env("HTTPS_PROXY", &proxy)
        .env("ALL_PROXY", &proxy);
    run.end().await.judged("the mock");
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_is_spoken_where_it_is_offered() {
    let authority = Authority::new("private");
    for (case, alpn, arguments, version) in [
        ("offered", BOTH, &[][..], "HTTP/2.0"),
        ("not offered", &BOTH[1..], &[][..], "HTTP/1.1"),
        ("forbidden", BOTH, &["--http1"][..], "HTTP/1.1"),
    ] {
        let server = secure(authority.server(
            LOOPBACK,
            Settings {
                alpn,
                ..Settings::default()
            },
        ))
        .await;
        let run = Run::at(&server.url("https"))
            .file("ca.pem", &authority.pem())
            .with(&["--ca-file", "ca.pem"]);
        run.with(arguments).end().await.judged(case);
        let lines = server.lines();
        assert!(
            !lines.is_empty() && lines.iter().all(|line| line.ends_with(version)),
            "{case}: {lines:?}"
        );
    }
    let server = secure(authority.server(
        LOOPBACK,
        Settings {
            alpn: &[b"h2"],
            ..Settings::default()
        },
    ))
    .await;
    let run = Run::at(&server.url("https"))
        .file("ca.pem", &authority.pem())
        .with(&["--ca-file", "ca.pem", "--http1"]);
    run.end().await.unjudged(
        "forbidden, and nothing else offered",
        &["no common version of HTTP"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_scheme_is_said() {
    let authority = Authority::new("private");
    let (server, tls) = (
        plain().await,
        secure(authority.server(LOOPBACK, Settings::default())).await,
    );
    let run = Run::at(&server.url("https"));
    run.end()
        .await
        .unjudged("https of a plain server", &["does not speak TLS", "http://"]);
    let run = Run::at(&tls.url("http"));
    let ended = run.end().await;
    ended.unjudged("http of a TLS server", &["not valid HTTP"]);
    assert!(
        ended
            .ran
            .stderr
            .contains("Where TLS is spoken the URL begins with https://"),
        "{}",
        ended.ran.stderr
    );
    assert!(server.lines().is_empty() && tls.lines().is_empty());
}
