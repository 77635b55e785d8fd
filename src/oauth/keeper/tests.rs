//! What a token endpoint can answer, and what becomes of the login.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::oauth::vault::{AuthMethod, Client, FileVault, Key, KeyOrigin, Vault};
use crate::wire::WireConfig;

/// A token endpoint that gives one answer after the other, each on a connection of its own.
struct Scripted {
    url: String,
    bodies: Arc<Mutex<Vec<String>>>,
}

/// An empty answer closes the connection; the last one is repeated.
async fn scripted(answers: Vec<String>) -> Scripted {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/token", listener.local_addr().expect("an address"));
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&bodies);
    tokio::spawn(async move {
        let mut answers = answers.into_iter().peekable();
        let mut last = String::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut got = Vec::new();
            while !whole(&got) {
                let mut buffer = [0; 4096];
                match socket.read(&mut buffer).await {
                    Ok(0) | Err(_) => break,
                    Ok(n) => got.extend_from_slice(&buffer[..n]),
                }
            }
            let text = String::from_utf8_lossy(&got).into_owned();
            let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            seen.lock().expect("a list").push(body.to_owned());
            last = answers.next().unwrap_or(last);
            let _ = socket.write_all(last.as_bytes()).await;
        }
    });
    Scripted { url, bodies }
}

fn whole(got: &[u8]) -> bool {
    let text = String::from_utf8_lossy(got);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length:")?
            .trim()
            .parse()
            .ok()
    });
    body.len() >= length.unwrap_or(0)
}

fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
    )
}

fn good(access: &str, refresh: &str) -> String {
    let body = format!(
        r#"{{"access_token":"{access}","token_type":"bearer","expires_in":3600,"refresh_token":"{refresh}","scope":"read"}}"#
    );
    answer(200, "", &body)
}

struct Place {
    folder: PathBuf,
    now: Arc<AtomicU64>,
    vault: Arc<FileVault>,
    keeper: Keeper,
    server: Scripted,
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn name() -> Name {
    Name::parse("writer").expect("a name")
}

impl Place {
    async fn new(answers: Vec<String>) -> Self {
        let server = scripted(answers).await;
        let folder = std::env::temp_dir().join(format!("hallmark-keeper-{:016x}", rand::random::<u64>()));
        let now = Arc::new(AtomicU64::new(1_000_000));
        let ticks = Arc::clone(&now);
        let clock = Clock::new(move || Duration::from_secs(ticks.load(Ordering::Relaxed)));
        let key = Key::generate(KeyOrigin::Variable);
        let vault = FileVault::open(&folder, key, clock.clone(), Steps::default()).expect("a vault");
        let vault = Arc::new(vault);
        let wire = Wire::new(WireConfig {
            no_proxy: true,
            ..WireConfig::default()
        })
        .expect("a wire");
        let keeper = Keeper::new(vault.clone(), wire, clock, Steps::default());
        let place = Self {
            folder,
            now,
            vault,
            keeper,
            server,
        };
        place.store(grant(&place.server.url)).await;
        place
    }

    async fn store(&self, grant: Grant) {
        let lease = self.vault.lease(&name(), LEASE).await.expect("a lease");
        self.vault.commit(&lease, &grant).await.expect("committed");
        self.vault.release(lease).await.expect("released");
    }

    fn sent(&self) -> Vec<String> {
        self.server.bodies.lock().expect("a list").clone()
    }

    /// How the login stands, in one line.
    async fn stands(&self) -> String {
        let grant = self
            .vault
            .read(&name())
            .await
            .expect("readable")
            .expect("a login");
        match grant.state {
            State::Disconnected { .. } => "disconnected".to_owned(),
            State::Connected(tokens) => format!(
                "refresh {}, access {}, pending {}{}",
                tokens
                    .refresh
                    .map_or("none".to_owned(), |token| token.expose().to_owned()),
                tokens
                    .access
                    .map_or("none".to_owned(), |access| access.token.expose().to_owned()),
                tokens.pending.map_or("none".to_owned(), |p| format!(
                    "{} until {:?}",
                    p.sent, p.not_before
                )),
                tokens.alarm.map_or("", |_| ", alarm"),
            ),
        }
    }

    async fn tell(&self) -> String {
        let got = self.keeper.access(&name()).await;
        let said = match got {
            Ok(access) => format!("token {}", access.token.expose()),
            Err(error) => error.to_string(),
        };
        let origin = self.server.url.trim_end_matches("/token");
        let text = format!("{said}\n  {} sent, {}", self.sent().len(), self.stands().await);
        text.replace(origin, "http://AS")
    }
}

fn grant(token_endpoint: &str) -> Grant {
    Grant {
        endpoint: "https://rs.example/mcp".to_owned(),
        issuer: "https://as.example".to_owned(),
        token_endpoint: token_endpoint.to_owned(),
        revocation_endpoint: None,
        resource: Some("https://rs.example/mcp".to_owned()),
        client: Client {
            id: "agent".to_owned(),
            secret: None,
            key: None,
            auth: AuthMethod::None,
        },
        scope: Vec::new(),
        since: 1,
        state: State::Connected(Tokens {
            access: Some(Access {
                token: Secret::new("A0"),
                obtained: 0,
                expires: Some(3600),
            }),
            refresh: Some(Secret::new("R0")),
            refreshes: 0,
            pending: None,
            alarm: None,
        }),
    }
}

#[tokio::test]
async fn a_stale_token_is_refreshed_once_and_kept() {
    let place = Place::new(vec![good("A1", "R1"), good("A2", "R2")]).await;
    let wanted = (0..20).map(|_| {
        let keeper = place.keeper.clone();
        tokio::spawn(async move { keeper.access(&name()).await.expect("a token").token })
    });
    for task in wanted.collect::<Vec<_>>() {
        assert_eq!(task.await.expect("a task").expose(), "A1");
    }
    let body =
        "grant_type=refresh_token&refresh_token=R0&resource=https%3A%2F%2Frs.example%2Fmcp&client_id=agent";
    assert_eq!(place.sent(), [body]);
    // Refused by a server though its time is not over: once more, and once only.
    let (refused, name) = (Secret::new("A1"), name());
    let (a, b) = tokio::join!(
        place.keeper.renew(&name, &refused),
        place.keeper.renew(&name, &refused)
    );
    assert_eq!(
        (a.expect("a token").token, b.expect("a token").token),
        (Secret::new("A2"), Secret::new("A2"))
    );
    assert_eq!(place.sent().len(), 2);
    place.now.fetch_add(3600, Ordering::Relaxed);
    place.keeper.access(&name).await.expect("a token");
    assert_eq!(place.sent().len(), 3);
}

#[tokio::test]
async fn what_the_endpoint_answers_and_what_becomes_of_the_login() {
    let refusal = |status, error| answer(status, "", &format!(r#"{{"error":"{error}"}}"#));
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>Sign in</html>";
    let cut = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{\"access_token\":\"A";
    let table = [
        ("5xx, then good", vec![answer(502, "", ""), good("A1", "R1")]),
        ("nothing, then good", vec![String::new(), good("A1", "R1")]),
        ("cut short, then good", vec![cut.to_owned(), good("A1", "R1")]),
        ("5xx for ever", vec![answer(500, "", "")]),
        ("nothing for ever", vec![String::new()]),
        (
            "lost, then invalid_grant",
            vec![String::new(), refusal(400, "invalid_grant")],
        ),
        ("invalid_grant", vec![refusal(400, "invalid_grant")]),
        ("invalid_client", vec![refusal(401, "invalid_client")]),
        ("invalid_scope", vec![refusal(400, "invalid_scope")]),
        ("a page", vec![page.to_owned()]),
        ("a success with error", vec![refusal(200, "bad_refresh_token")]),
        (
            "a redirect",
            vec![answer(307, "Location: https://evil.example/token?x=1\r\n", "")],
        ),
        (
            "429 soon",
            vec![answer(429, "Retry-After: 1\r\n", ""), good("A1", "R1")],
        ),
        ("429 late", vec![answer(429, "Retry-After: 600\r\n", "")]),
        (
            "no refresh token comes",
            vec![answer(200, "", r#"{"access_token":"A1","token_type":"Bearer"}"#)],
        ),
        (
            "not Bearer",
            vec![answer(
                200,
                "",
                r#"{"access_token":"A1","token_type":"mac","refresh_token":"R1"}"#,
            )],
        ),
    ];
    let told = table.into_iter().map(|(what, answers)| async move {
        let place = Place::new(answers).await;
        format!("{what}: {}", place.tell().await)
    });
    let told = futures_util::future::join_all(told).await;
    insta::assert_snapshot!(told.join("\n"), @r"
    5xx, then good: token A1
      2 sent, refresh R1, access A1, pending none
    nothing, then good: token A1
      2 sent, refresh R1, access A1, pending none
    cut short, then good: token A1
      2 sent, refresh R1, access A1, pending none
    5xx for ever: the login `writer` could not be refreshed: HTTP 500: the server failed; the refresh token is kept, the next call tries again; 3 requests with it were sent and brought no token, so the server may have rotated it: one that tolerates a lost answer takes it again
      3 sent, refresh R0, access A0, pending 3 until None
    nothing for ever: the login `writer` could not be refreshed: the peer closed the connection before its answer was complete; the refresh token is kept, the next call tries again; 3 requests with it were sent and brought no token, so the server may have rotated it: one that tolerates a lost answer takes it again
      3 sent, refresh R0, access A0, pending 3 until None
    lost, then invalid_grant: the login `writer` is disconnected: https://as.example does not take its refresh token any more (the server refused: invalid_grant (HTTP 400)); 1 request with it was sent before and brought no token: the server may have rotated it then, and take what followed for the use of a stolen one; to reconnect, type: hallmark login --url https://rs.example/mcp --as writer
      2 sent, disconnected
    invalid_grant: the login `writer` is disconnected: https://as.example does not take its refresh token any more (the server refused: invalid_grant (HTTP 400)); to reconnect, type: hallmark login --url https://rs.example/mcp --as writer
      1 sent, disconnected
    invalid_client: ALARM: https://as.example does not take the client of the login `writer` any more (the server refused: invalid_client (HTTP 401)): its secret has ended or its registration is gone; the refresh token is kept and works again once the client does
      1 sent, refresh R0, access A0, pending none, alarm
    invalid_scope: https://as.example did not refresh the login `writer`: the server refused: invalid_scope (HTTP 400); the refresh token is kept
      1 sent, refresh R0, access A0, pending none
    a page: the login `writer` could not be refreshed: HTTP 200 with text/html: a page, no JSON; the refresh token is kept, the next call tries again; 3 requests with it were sent and brought no token, so the server may have rotated it: one that tolerates a lost answer takes it again
      3 sent, refresh R0, access A0, pending 3 until None
    a success with error: the login `writer` could not be refreshed: HTTP 200 with `error: bad_refresh_token` in it: a refusal has status 400 or 401 (RFC 6749 §5.2); the refresh token is kept, the next call tries again
      1 sent, refresh R0, access A0, pending none
    a redirect: the login `writer` could not be refreshed: HTTP 307: a redirect to https://evil.example/token, which is not followed with credentials; the refresh token is kept, the next call tries again
      1 sent, refresh R0, access A0, pending none
    429 soon: token A1
      2 sent, refresh R1, access A1, pending none
    429 late: the login `writer` could not be refreshed: HTTP 429: too many requests, again in 600 s; the refresh token is kept, the next call tries again
      1 sent, refresh R0, access A0, pending 0 until Some(1000600)
    no refresh token comes: token A1
      1 sent, refresh R0, access A1, pending none
    not Bearer: https://as.example did not refresh the login `writer`: its token is of type `mac`, not Bearer; the refresh token is kept
      1 sent, refresh R1, access none, pending none
    ");
}

#[tokio::test]
async fn retry_after_is_remembered_by_the_next() {
    let place = Place::new(vec![answer(429, "Retry-After: 600\r\n", ""), good("A1", "R1")]).await;
    place.keeper.access(&name()).await.expect_err("limited");
    let error = place.keeper.access(&name()).await.expect_err("too early");
    insta::assert_snapshot!(error, @"the token endpoint of `writer` asked to wait 600 s more; nothing was sent, the refresh token is kept");
    assert_eq!(place.sent().len(), 1);
    place.now.fetch_add(600, Ordering::Relaxed);
    assert_eq!(
        place
            .keeper
            .access(&name())
            .await
            .expect("a token")
            .token
            .expose(),
        "A1"
    );
}

#[tokio::test]
async fn a_disconnected_login_is_not_asked_for_again() {
    let place = Place::new(vec![answer(400, "", r#"{"error":"invalid_grant"}"#)]).await;
    for _ in 0..3 {
        let error = place.keeper.access(&name()).await.expect_err("disconnected");
        assert!(
            error
                .to_string()
                .contains("hallmark login --url https://rs.example/mcp --as writer")
        );
    }
    assert_eq!(place.sent().len(), 1);
}

#[tokio::test]
async fn nothing_listens() {
    let place = Place::new(vec![good("A1", "R1")]).await;
    let mut gone = grant("http://127.0.0.1:1/token");
    gone.state = place
        .vault
        .read(&name())
        .await
        .expect("readable")
        .expect("a login")
        .state;
    place.store(gone).await;
    let error = place
        .keeper
        .access(&name())
        .await
        .expect_err("nobody there")
        .to_string();
    assert!(
        error.contains("the refresh token is kept") && !error.contains("rotated"),
        "{error}"
    );
    assert_eq!(place.stands().await, "refresh R0, access A0, pending none");
}

/// The runtime goes on with a refresh whose caller went away.
#[tokio::test]
async fn a_caller_that_goes_away_loses_nothing() {
    let place = Place::new(vec![good("A1", "R1")]).await;
    let call = {
        let keeper = place.keeper.clone();
        tokio::spawn(async move { keeper.access(&name()).await })
    };
    while place.sent().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    call.abort();
    place.keeper.settle().await;
    assert_eq!(place.stands().await, "refresh R1, access A1, pending none");
}

#[tokio::test]
async fn nothing_is_sent_where_nothing_can_be_written() {
    let place = Place::new(vec![good("A1", "R1")]).await;
    std::fs::remove_dir_all(&place.folder).expect("gone");
    assert!(matches!(
        place.keeper.access(&name()).await,
        Err(KeeperError::Vault(_))
    ));
    assert!(place.sent().is_empty());
}

#[tokio::test]
async fn a_server_that_repeats_the_token_does_not_make_it_known() {
    let body = r#"{"error":"invalid_scope","error_description":"your REFRESH-TOKEN-0\nis odd"}"#;
    let place = Place::new(vec![answer(400, "", body)]).await;
    let mut grant = grant(&place.server.url);
    if let State::Connected(tokens) = &mut grant.state {
        tokens.refresh = Some(Secret::new("REFRESH-TOKEN-0"));
    }
    place.store(grant).await;
    let error = place
        .keeper
        .access(&name())
        .await
        .expect_err("refused")
        .to_string();
    assert!(error.contains("your [refresh token] is odd"), "{error}");
}
