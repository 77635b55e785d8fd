//! Against a peer that says exactly what it is told to, in the pieces it is told to.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::load::transport::{Body, Lines, Seen, Target, Template, Watchless};

/// What the peer does after a request.
#[derive(Debug, Clone)]
enum Part {
    Say(Vec<u8>),
    Pause(u64),
    Hang,
    /// Closes with data unread, which resets.
    Reset,
}

fn say(text: &str) -> Part {
    Part::Say(text.as_bytes().to_vec())
}

async fn serve(listener: TcpListener, script: Vec<Part>) {
    let (mut tcp, _) = listener.accept().await.unwrap();
    let mut request = vec![0; 4_096];
    // `Reset` leaves the request unread.
    if !matches!(script.first(), Some(Part::Reset)) {
        let _ = tcp.read(&mut request).await;
    }
    for part in script {
        match part {
            Part::Say(bytes) => {
                let _ = tcp.write_all(&bytes).await;
                let _ = tcp.flush().await;
            }
            Part::Pause(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
            Part::Hang => std::future::pending().await,
            Part::Reset => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

fn template() -> Template {
    let target = Target {
        authority: "localhost".to_owned(),
        path: "/mcp".to_owned(),
    };
    Template::new(
        &target,
        "POST",
        &Lines::default(),
        Body::Rpc(serde_json::Map::new()),
    )
    .unwrap()
}

/// Makes call 7 with half a second of patience.
async fn once(script: Vec<Part>, limits: Limits, watch: &dyn Watch) -> Answered {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, script));
    let fast = Fast::new(vec![address], None, limits);
    let patience = Duration::from_millis(500);
    let mut connection = fast.open(Instant::now() + patience).await.unwrap().connection;
    let request = Request {
        template: &template(),
        lines: &Lines::default(),
        number: 7,
        begin: Instant::now(),
        patience,
    };
    let answered = fast.call(&mut connection, &request, watch).await;
    server.abort();
    answered
}

fn run<T>(task: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(task)
}

const RESULT: &str = r#"{"jsonrpc":"2.0","id":1000000000007,"result":{"isError":false}}"#;

fn sized(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn chunked(kind: &str, chunks: &[&str]) -> String {
    let mut all = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n");
    for chunk in chunks {
        let _ = write!(all, "{:x}\r\n{chunk}\r\n", chunk.len());
    }
    all + "0\r\n\r\n"
}

fn stream() -> String {
    let progress = "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\n";
    let answer = format!("id: 1\nevent: message\ndata: {RESULT}\n\n");
    let (first, second) = answer.split_at(30);
    chunked("text/event-stream", &[": ping\n\n", progress, first, second])
}

#[test]
fn answers_of_every_framing() {
    let close = format!("HTTP/1.1 200 OK\r\n\r\n{RESULT}");
    let polite = format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{RESULT}",
        RESULT.len()
    );
    let interim = format!("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n{}", sized(RESULT));
    let table = [
        (sized(RESULT), Class::Ok, true),
        (interim, Class::Ok, true),
        (
            chunked("application/json", &[&RESULT[..9], &RESULT[9..]]),
            Class::Ok,
            true,
        ),
        (stream(), Class::Ok, true),
        (close, Class::Ok, false),
        (polite, Class::Ok, false),
        (sized(RESULT) + "x", Class::Ok, false),
        (sized(&RESULT.replace("false", "true")), Class::Tool, true),
        (sized(&RESULT.replace("07", "08")), Class::WrongId, true),
        (
            sized(r#"{"jsonrpc":"2.0","method":"ping","id":1000000000007}"#),
            Class::Malformed,
            true,
        ),
        (sized("<html>"), Class::Malformed, true),
        (
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_owned(),
            Class::Unauthorized,
            true,
        ),
        (
            "HTTP/1.1 429 Too Many\r\nContent-Length: 2\r\n\r\nno".to_owned(),
            Class::TooMany,
            true,
        ),
        (
            "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
            Class::Status,
            true,
        ),
        (
            "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n".to_owned(),
            Class::Server,
            true,
        ),
    ];
    run(async {
        for (answer, class, reusable) in table {
            let answered = once(vec![say(&answer)], Limits::default(), &Watchless).await;
            assert_eq!(
                (answered.class, answered.reusable),
                (class, reusable),
                "{answer}\n{answered:?}"
            );
            assert_eq!(
                answered.first_event.is_some(),
                answer.contains("event-stream"),
                "{answer}"
            );
        }
    });
}

#[test]
fn peers_that_fail() {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", RESULT.len());
    let half = || vec![say(&head), say(&RESULT[..20])];
    let with = |mut script: Vec<Part>, part| {
        script.push(part);
        script
    };
    let endless = chunked("text/event-stream", &["data: {}x\n\n"]).replace("0\r\n\r\n", "");
    let table = [
        (vec![Part::Reset], Class::Reset),
        (vec![], Class::Reset),
        (half(), Class::Cut),
        (with(half(), Part::Hang), Class::Timeout),
        (vec![Part::Hang], Class::Timeout),
        (vec![say("HTTP/1.1 2"), Part::Hang], Class::Timeout),
        (vec![say("SSH-2.0-OpenSSH\r\n")], Class::Malformed),
        (
            vec![say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")],
            Class::Malformed,
        ),
        (
            vec![say("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")],
            Class::Malformed,
        ),
        (
            vec![say("HTTP/1.1 101 Switching Protocols\r\n\r\n")],
            Class::Status,
        ),
        (
            vec![say(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: x",
            )],
            Class::Cut,
        ),
        (vec![say(&chunked("text/event-stream", &[": a\n\n"]))], Class::Cut),
        (vec![say(&endless), Part::Hang], Class::Malformed),
    ];
    run(async {
        for (script, class) in table {
            let answered = once(script.clone(), Limits::default(), &Watchless).await;
            assert_eq!(
                (answered.class, answered.reusable),
                (class, false),
                "{script:?}\n{answered:?}"
            );
            assert!(answered.trouble.is_some());
        }
    });
}

#[test]
fn what_is_larger_than_is_read() {
    let limits = Limits {
        head: 200,
        body: 1_000,
    };
    let mut fields = "HTTP/1.1 200 OK\r\n".to_owned();
    fields += &"A: b\r\n".repeat(90);
    let long = "x".repeat(1_200);
    let table = [
        vec![say(&fields), Part::Hang],
        vec![say(&sized(&long))],
        vec![say(&chunked("application/json", &[&long, &long])), Part::Hang],
        vec![say(&format!("HTTP/1.1 200 OK\r\n\r\n{long}{long}")), Part::Hang],
    ];
    run(async {
        for script in table {
            let answered = once(script.clone(), limits, &Watchless).await;
            let why = answered
                .trouble
                .map(|trouble| trouble.why.into_owned())
                .unwrap_or_default();
            assert_eq!(answered.class, Class::Malformed, "{script:?}");
            assert!(why.contains("larger than is read"), "{why}");
        }
    });
}

/// A stream that is not ended keeps the connection, not the time.
#[test]
fn the_answer_ends_the_time_and_not_the_stream() {
    let open = stream().replace("0\r\n\r\n", "");
    run(async {
        let answered = once(vec![say(&open), Part::Hang], Limits::default(), &Watchless).await;
        assert_eq!((answered.class, answered.reusable), (Class::Ok, false));
        assert!(answered.ended - answered.sent < Duration::from_millis(300));
        let late = vec![say(&open), Part::Pause(100), say("0\r\n\r\n"), Part::Hang];
        let answered = once(late, Limits::default(), &Watchless).await;
        assert_eq!((answered.class, answered.reusable), (Class::Ok, true));
        assert!(answered.ended - answered.sent < Duration::from_millis(90));
    });
}

#[test]
fn an_answer_given_twice_is_none() {
    let event = format!("data: {RESULT}\n\n");
    let twice = chunked("text/event-stream", &[&event, &event]);
    let answered = run(once(vec![say(&twice)], Limits::default(), &Watchless));
    assert_eq!(answered.class, Class::Malformed);
}

#[test]
fn a_watch_sees_every_answer_and_may_overrule() {
    let refusal = "HTTP/1.1 401 Unauthorized\r\nX: y\r\nContent-Length: 6\r\n\r\nsecret".to_owned();
    run(async {
        for (answer, wanted) in [(stream(), 2), (sized(RESULT), 1), (refusal, 1)] {
            let seen = Mutex::new(Vec::new());
            let watch = |s: &Seen<'_>| {
                seen.lock()
                    .unwrap()
                    .push((s.status, s.head.starts_with(b"HTTP/1.1"), s.body.len()));
                (s.class != Class::Ok || s.body.ends_with(b"}}")).then_some(Class::Foreign)
            };
            let answered = once(vec![say(&answer)], Limits::default(), &watch).await;
            assert_eq!(answered.class, Class::Foreign, "{answer}");
            assert_eq!(seen.lock().unwrap().len(), wanted, "{answer}");
            assert!(
                seen.lock()
                    .unwrap()
                    .iter()
                    .all(|(_, head, body)| *head && *body > 0)
            );
        }
    });
}

#[test]
fn what_another_transport_could_read_is_called_unfit() {
    let gzip = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx";
    let answered = run(once(vec![say(gzip)], Limits::default(), &Watchless));
    assert!(answered.trouble.unwrap().unfit);
}

#[test]
fn nobody_listens() {
    let refused = run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let fast = Fast::new(vec![address], None, Limits::default());
        fast.open(Instant::now() + Duration::from_secs(1))
            .await
            .map(|_| ())
            .unwrap_err()
    });
    assert_eq!(refused.class, Class::Refused);
}

/// A certificate for `localhost`, served to whoever connects.
async fn tls_server() -> (SocketAddr, rustls::pki_types::CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let Ok(mut tls) = acceptor.accept(tcp).await else {
                continue;
            };
            let mut request = vec![0; 4_096];
            while tls.read(&mut request).await.is_ok_and(|read| read > 0) {
                let _ = tls.write_all(sized(RESULT).as_bytes()).await;
                let _ = tls.flush().await;
            }
        }
    });
    (address, certificate)
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn trusting(certificate: Option<rustls::pki_types::CertificateDer<'static>>) -> Secured {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(certificate);
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Secured {
        config: Arc::new(config),
        name: ServerName::try_from("localhost").unwrap(),
    }
}

#[test]
fn calls_over_tls() {
    run(async {
        let (address, certificate) = tls_server().await;
        let fast = Fast::new(
            vec![address],
            Some(trusting(Some(certificate))),
            Limits::default(),
        );
        let soon = || Instant::now() + Duration::from_secs(5);
        let mut opened = fast.open(soon()).await.unwrap();
        assert!(opened.tls.is_some_and(|took| !took.is_zero()));
        for _ in 0..3 {
            let request = Request {
                template: &template(),
                lines: &Lines::default(),
                number: 7,
                begin: Instant::now(),
                patience: Duration::from_secs(5),
            };
            let answered = fast.call(&mut opened.connection, &request, &Watchless).await;
            assert_eq!(
                (answered.class, answered.reusable),
                (Class::Ok, true),
                "{answered:?}"
            );
        }
        assert_eq!(format!("{:?}", opened.connection), "FastConnection { .. }");
        drop(opened);
        let doubting = Fast::new(vec![address], Some(trusting(None)), Limits::default());
        assert_eq!(doubting.open(soon()).await.unwrap_err().class, Class::Tls);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pieces_make_no_difference(
        which in 0_usize..4,
        cuts in prop::collection::vec(0_usize..400, 0..8),
    ) {
        let answer = [
            sized(RESULT),
            chunked("application/json", &[&RESULT[..9], &RESULT[9..]]),
            stream(),
            stream().replace('\n', "\r").replace("\r\r", "\r\n"),
        ][which].clone();
        // The last one mangles chunk sizes on purpose: it must come out the same however it is cut.
        let bytes = answer.into_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|c| *c < bytes.len()).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<Part> = cuts
            .windows(2)
            .flat_map(|w| [Part::Say(bytes[w[0]..w[1]].to_vec()), Part::Pause(1)])
            .collect();
        let (whole, pieced) = run(async {
            (
                once(vec![Part::Say(bytes.clone())], Limits::default(), &Watchless).await,
                once(pieces, Limits::default(), &Watchless).await,
            )
        });
        prop_assert_eq!((whole.class, whole.reusable), (pieced.class, pieced.reusable));
    }

    #[test]
    fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), http in any::<bool>()) {
        let mut answer = if http { b"HTTP/1.1 200 OK\r\n\r\n".to_vec() } else { Vec::new() };
        answer.extend_from_slice(&bytes);
        let answered = run(once(vec![Part::Say(answer)], Limits::default(), &Watchless));
        prop_assert_ne!(answered.class, Class::Ok);
    }
}
