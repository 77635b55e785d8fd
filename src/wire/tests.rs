//! The transports against well-behaved peers: connections kept and counted, HTTP/2, certificates.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use url::Url;

use super::connect::Io;
use super::*;

fn request(url: &str) -> Request {
    Request {
        method: "POST".to_owned(),
        url: Url::parse(url).expect("url"),
        target: None,
        headers: vec![HeaderLine::Field("X-Test".to_owned(), b"yes".to_vec())],
        body: Bytes::from_static(b"ping"),
        timeout: Duration::from_secs(20),
        redirects: 0,
        read: Read::Whole,
    }
}

fn wire(change: impl FnOnce(&mut WireConfig)) -> Wire {
    let mut config = WireConfig {
        no_proxy: true,
        user_agent: "test".to_owned(),
        ..WireConfig::default()
    };
    change(&mut config);
    Wire::new(config).expect("settings are good")
}

fn status(exchange: &Exchange) -> Result<(u16, &str), String> {
    exchange
        .response
        .as_ref()
        .map(|r| (r.status, r.version.as_str()))
        .map_err(ToString::to_string)
}

/// Answers on one HTTP/1.1 stream: 200 with the request's first line, 401 and the end for `/last`.
async fn speak_h1(mut io: Box<dyn Io>) {
    let mut heard = Vec::new();
    loop {
        while !heard.ends_with(b"ping") {
            let mut piece = [0; 1024];
            match io.read(&mut piece).await {
                Ok(size) if size > 0 => heard.extend_from_slice(&piece[..size]),
                _ => return,
            }
        }
        let line = heard.split(|b| *b == b'\r').next().unwrap_or_default().to_vec();
        heard.clear();
        let last = line.windows(5).any(|w| w == b"/last");
        let head = if last {
            "401 No\r\nConnection: close"
        } else {
            "200 OK"
        };
        let answer = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", line.len());
        if io.write_all(&[answer.as_bytes(), &line].concat()).await.is_err() || last {
            let _ = io.shutdown().await;
            return;
        }
    }
}

/// Echoes bodies over HTTP/2.
async fn speak_h2(io: Box<dyn Io>) {
    let Ok(mut connection) = h2::server::handshake(io).await else {
        return;
    };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        tokio::spawn(async move {
            let mut body = request.into_body();
            let mut heard = Vec::new();
            while let Some(Ok(piece)) = body.data().await {
                let _ = body.flow_control().release_capacity(piece.len());
                heard.extend_from_slice(&piece);
            }
            let answer = http::Response::builder().status(200).body(()).expect("legal");
            if let Ok(mut send) = respond.send_response(answer, false) {
                let _ = send.send_data(heard.into(), true);
            }
        });
    }
}

#[derive(Clone, Copy)]
enum Speaks {
    H1,
    H2,
}

async fn serve(speaks: Speaks, tls: Option<TlsAcceptor>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let tls = tls.clone();
            tokio::spawn(async move {
                let io: Box<dyn Io> = match tls {
                    None => Box::new(tcp),
                    Some(tls) => match tls.accept(tcp).await {
                        Ok(stream) => Box::new(stream),
                        Err(_) => return,
                    },
                };
                match speaks {
                    Speaks::H1 => speak_h1(io).await,
                    Speaks::H2 => speak_h2(io).await,
                }
            });
        }
    });
    address
}

/// A server certificate for `name` that is its own authority, and the file that says so.
fn certificate(name: &str, alpn: &[&[u8]], expired: bool) -> (TlsAcceptor, PathBuf) {
    let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).expect("a name");
    if expired {
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
    }
    let key = rcgen::KeyPair::generate().expect("a key");
    let cert = params.self_signed(&key).expect("signed");
    let file = format!(
        "hallmark-wire-{}-{name}-{}-{expired}.pem",
        std::process::id(),
        alpn.len()
    );
    let path = std::env::temp_dir().join(file);
    std::fs::write(&path, cert.pem()).expect("a temporary file");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![cert.der().clone()],
            rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .expect("a pair");
    config.alpn_protocols = alpn.iter().map(|p| p.to_vec()).collect();
    (TlsAcceptor::from(Arc::new(config)), path)
}

#[tokio::test]
async fn a_named_connection_is_kept_until_the_peer_ends_it() {
    let address = serve(Speaks::H1, None).await;
    let connection = wire(|_| {}).connection(HttpVersion::H1);
    let mut uses = Vec::new();
    for path in ["a", "b", "last", "c", "d"] {
        let exchange = connection
            .send(&request(&format!("http://{address}/{path}")))
            .await;
        let used = exchange.connection.expect("it was opened");
        uses.push((used.id, used.reused, status(&exchange).expect("an answer").0));
    }
    assert_eq!(
        uses,
        [
            (1, false, 200),
            (1, true, 200),
            (1, true, 401),
            (2, false, 200),
            (2, true, 200)
        ]
    );
}

#[tokio::test]
async fn http_2_by_prior_knowledge() {
    let address = serve(Speaks::H2, None).await;
    let url = format!("http://{address}/");
    let connection = wire(|_| {}).connection(HttpVersion::H2);
    let mut large = request(&url);
    large.body = vec![b'x'; 200_000].into();
    for (request, wanted, reused) in [(request(&url), 4, false), (large, 200_000, true)] {
        let exchange = connection.send(&request).await;
        assert_eq!(status(&exchange), Ok((200, "HTTP/2")));
        assert_eq!(exchange.connection, Some(ConnectionUse { id: 1, reused }));
        assert_eq!(exchange.response.map(|r| r.body.len()), Ok(wanted));
    }
    let pooled = wire(|c| c.http = Some(HttpVersion::H2))
        .send(&request(&url))
        .await;
    assert_eq!(status(&pooled), Ok((200, "HTTP/2")));
    assert_eq!(pooled.request.line, "POST / HTTP/2");
}

#[tokio::test]
async fn http_2_only_where_it_is_spoken() {
    let plain = serve(Speaks::H1, None).await;
    let (tls, ca) = certificate("localhost", &[b"http/1.1"], false);
    let secure = serve(Speaks::H1, Some(tls)).await;
    let wire = wire(|c| c.ca_file = Some(ca));
    for url in [
        format!("http://{plain}/"),
        format!("https://localhost:{}/", secure.port()),
    ] {
        let mut request = request(&url);
        request.timeout = Duration::from_secs(2);
        let exchange = wire.connection(HttpVersion::H2).send(&request).await;
        let said = exchange.response.map(|r| r.status);
        // The first peer takes the preface for the beginning of a request and waits for the rest.
        let waits = url.starts_with("http://") && matches!(said, Err(WireError::Timeout { .. }));
        assert!(
            waits || matches!(said, Err(WireError::HttpVersionUnsupported { .. })),
            "{said:?}"
        );
    }
}

#[tokio::test]
async fn certificates() {
    let mut said = Vec::new();
    let cases = [
        ("trusted", "localhost", false, true, false),
        ("unknown", "localhost", false, false, false),
        ("insecure", "localhost", false, false, true),
        ("expired", "localhost", true, true, false),
        ("other name", "other.example", false, true, false),
    ];
    for (case, name, expired, trust, insecure) in cases {
        let (tls, ca) = certificate(name, &[], expired);
        let url = format!("https://localhost:{}/", serve(Speaks::H1, Some(tls)).await.port());
        let wire = wire(|c| (c.ca_file, c.insecure) = (trust.then_some(ca), insecure));
        let mut raw = request(&url);
        raw.headers.push(HeaderLine::Verbatim(b"X-Raw: yes".to_vec()));
        let (pooled, raw) = (wire.send(&request(&url)).await, wire.send(&raw).await);
        assert_eq!(status(&pooled), status(&raw), "{case}");
        let port = url
            .trim_start_matches("https://localhost:")
            .trim_end_matches('/')
            .to_owned();
        said.push(format!("{case}: {:?}", status(&raw)).replace(&port, "PORT"));
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    trusted: Ok((200, "HTTP/1.1"))
    unknown: Err("TLS with localhost:PORT failed: the certificate's issuer is unknown; a CA file can name it")
    insecure: Ok((200, "HTTP/1.1"))
    expired: Err("TLS with localhost:PORT failed: the certificate has expired")
    other name: Err("TLS with localhost:PORT failed: the certificate is not for localhost but for other.example")
    "#);
}

#[tokio::test]
async fn http_2_by_alpn() {
    let (tls, ca) = certificate("localhost", &[b"h2", b"x"], false);
    let url = format!("https://localhost:{}/", serve(Speaks::H2, Some(tls)).await.port());
    let wire = wire(|c| c.ca_file = Some(ca));
    let (pooled, named) = (
        wire.send(&request(&url)).await,
        wire.connection(HttpVersion::H2).send(&request(&url)).await,
    );
    assert_eq!(
        (status(&pooled), status(&named)),
        (Ok((200, "HTTP/2")), Ok((200, "HTTP/2")))
    );
}

#[test]
fn bad_settings_are_named() {
    let absent = WireConfig {
        ca_file: Some("/no/such.pem".into()),
        ..WireConfig::default()
    };
    assert!(matches!(
        Wire::new(absent),
        Err(WireSetupError::Unreadable { .. })
    ));
    let (_, only_a_certificate) = certificate("settings.example", &[], false);
    let keyless = WireConfig {
        client_cert: Some(only_a_certificate),
        ..WireConfig::default()
    };
    assert!(matches!(
        Wire::new(keyless),
        Err(WireSetupError::Pem {
            wanted: "private key",
            ..
        })
    ));
}
