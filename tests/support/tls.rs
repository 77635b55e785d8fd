//! A private certificate authority, what servers and clients get from it, and an MCP server with or without TLS.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::WebPkiClientVerifier;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What `/mcp` wants.
pub(crate) const TOKEN: &str = "a-token-of-no-value-0123456789";

/// An authority that no machine trusts by itself.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// How a server's end of TLS is set up.
#[derive(Default)]
pub(crate) struct Settings {
    /// The certificate's time is over.
    pub(crate) expired: bool,
    /// Protocols agreed on by ALPN (RFC 7301), the preferred one first.
    pub(crate) alpn: &'static [&'static [u8]],
    /// Only clients with a certificate of this authority are let in.
    pub(crate) clients: Option<Arc<RootCertStore>>,
    /// No TLS 1.3: a refusal of the client's certificate then comes inside the handshake.
    pub(crate) tls12: bool,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("signed"))
    }

    /// The authority's own certificate.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(crate) fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).expect("an authority");
        Arc::new(roots)
    }

    /// A client's certificate and key in one file.
    pub(crate) fn client(&self) -> String {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "a client");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("signed");
        format!("{}{}", certificate.pem(), key.serialize_pem())
    }

    /// A server that is called `name`, a host or an address.
    pub(crate) fn server(&self, name: &str, settings: Settings) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        if settings.expired {
            params.not_before = rcgen::date_time_ymd(2000, 1, 1);
            params.not_after = rcgen::date_time_ymd(2001, 1, 1);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("signed");
        let versions = if settings.tls12 {
            &[&rustls::version::TLS12][..]
        } else {
            rustls::ALL_VERSIONS
        };
        let builder = rustls::ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .expect("versions");
        let builder = match settings.clients {
            None => builder.with_no_client_auth(),
            Some(roots) => builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(roots, provider())
                    .build()
                    .expect("an authority"),
            ),
        };
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let mut config = builder
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a pair");
        config.alpn_protocols = settings.alpn.iter().map(|name| name.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// What a server or a proxy heard of a request.
pub(crate) struct Heard {
    /// `POST /mcp HTTP/1.1`; a proxy is asked for a whole URL.
    pub(crate) line: String,
    pub(crate) proxy_authorization: Option<String>,
}

/// An MCP server with one tool; `/mcp` wants the token, `/open` forgets to. It takes whole URLs too, as a proxy that answers in the server's place.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) heard: Arc<Mutex<Vec<Heard>>>,
    /// What is at the end of a tunnel (CONNECT).
    tunnel: Option<TlsAcceptor>,
}

/// Without TLS.
pub(crate) async fn plain() -> Server {
    listen(None, None).await
}

/// With it.
pub(crate) async fn secure(tls: TlsAcceptor) -> Server {
    listen(Some(tls), None).await
}

/// Listens on a free port. Ends with the runtime.
pub(crate) async fn listen(tls: Option<TlsAcceptor>, tunnel: Option<TlsAcceptor>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let server = Server {
        address,
        heard: Arc::default(),
        tunnel,
    };
    let listening = server.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            match tls.clone() {
                None => drop(tokio::spawn(listening.clone().speak(socket))),
                Some(tls) => drop(tokio::spawn(listening.clone().speak_inside(tls, socket))),
            }
        }
    });
    server
}

impl Server {
    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}/mcp", self.address)
    }

    /// The request lines so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.heard
            .lock()
            .expect("whole")
            .iter()
            .map(|heard| heard.line.clone())
            .collect()
    }

    fn speak<I>(self, io: I) -> Pin<Box<dyn Future<Output = ()> + Send>>
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Box::pin(async move {
            let service = service_fn(move |request| {
                let server = self.clone();
                async move { Ok::<_, Infallible>(server.answer(request).await) }
            });
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection_with_upgrades(TokioIo::new(io), service)
                .await;
        })
    }

    async fn speak_inside<I>(self, tls: TlsAcceptor, io: I)
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        match tls.accept(io).into_fallible().await {
            Ok(io) => self.speak(io).await,
            // What is unread would turn the last words, the alert, into a reset.
            Err((_, mut io)) => {
                let _ = io.shutdown().await;
                let _ = tokio::io::copy(&mut io, &mut tokio::io::sink()).await;
            }
        }
    }

    async fn answer(self, mut request: Request<Incoming>) -> Response<Full<Bytes>> {
        let field = |name: &str| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let line = format!("{} {} {:?}", request.method(), request.uri(), request.version());
        let open = request.uri().path() == "/open";
        let authorized = open || field("authorization").as_deref() == Some(&format!("Bearer {TOKEN}"));
        let proxy_authorization = field("proxy-authorization");
        self.heard.lock().expect("whole").push(Heard {
            line,
            proxy_authorization: proxy_authorization.clone(),
        });
        if request.method() == Method::CONNECT {
            let Some(tls) = self.tunnel.clone() else {
                return said(502, &Value::Null);
            };
            let upgrade = hyper::upgrade::on(&mut request);
            tokio::spawn(async move {
                if let Ok(io) = upgrade.await {
                    self.speak_inside(tls, TokioIo::new(io)).await;
                }
            });
            return said(200, &Value::Null);
        }
        if !open && request.uri().path() != "/mcp" {
            return said(404, &Value::Null);
        }
        if !authorized {
            let mut refused = said(401, &Value::Null);
            refused
                .headers_mut()
                .insert("www-authenticate", "Bearer".parse().expect("a challenge"));
            return refused;
        }
        if request.method() != Method::POST {
            return said(405, &Value::Null);
        }
        let body = request
            .into_body()
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        reply(
            &serde_json::from_slice(&body).unwrap_or_default(),
            &proxy_authorization.unwrap_or_default(),
        )
    }
}

/// The answer to a JSON-RPC message. The tool repeats what it heard.
fn reply(message: &Value, heard: &str) -> Response<Full<Bytes>> {
    let Some(id) = message.get("id") else {
        return said(202, &Value::Null);
    };
    let outcome = match message["method"].as_str() {
        Some("initialize") => json!({
            "protocolVersion": message["params"]["protocolVersion"],
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "nearby", "version": "1" },
        }),
        Some("tools/list") => json!({ "tools": [{
            "name": "whoami",
            "inputSchema": { "type": "object" },
            "annotations": { "readOnlyHint": true },
        }] }),
        Some("tools/call") => {
            json!({ "content": [{ "type": "text", "text": format!("a reader by way of {heard}") }] })
        }
        _ => {
            return said(
                200,
                &json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -32601, "message": "no such method" } }),
            );
        }
    };
    said(200, &json!({ "jsonrpc": "2.0", "id": id, "result": outcome }))
}

fn said(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let text = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    response.body(Full::from(text)).expect("a response")
}
