//! Receiving webhooks: Standard Webhooks 1.0.0, and GitHub's form. A delivery is read within limits, verified over the
//! bytes that came, worked on once, answered.

mod key;
mod request;
mod seen;
mod verify;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::config::Config;
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::say::{blurt, say};
use key::Keys;
use request::{Incoming, Refusal};
use seen::Seen;
use verify::Scheme;

/// How long a sender may take to send one delivery.
const PATIENCE: Duration = Duration::from_secs(10);

struct Receiver {
    keys: Keys,
    scheme: Scheme,
    seen: Seen,
    /// What a wrong habit writes down.
    secret: String,
}

/// Listens for as long as was asked.
pub(crate) async fn receive(config: &Config) -> Result<(), Failure> {
    let secret = secret(config)?;
    let file: PathBuf = config.state_dir.join("received.jsonl");
    let scheme = Scheme::named(&config.webhook.scheme)
        .ok_or_else(|| Failure::Setup(format!("the scheme {} is not known here", config.webhook.scheme)))?;
    let receiver = Arc::new(Receiver {
        keys: Keys::read(&secret, scheme)?,
        scheme,
        seen: Seen::open(file),
        secret,
    });
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, config.webhook.port));
    let listener = TcpListener::bind(here)
        .await
        .map_err(Failure::machine("no listener for webhooks"))?;
    let serve = async {
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                let receiver = Arc::clone(&receiver);
                tokio::spawn(async move { receiver.serve(stream).await });
            }
        }
    };
    // Deliveries that came in time are answered: each is a task of its own, and the last moment is theirs.
    timeout(config.stay, serve).await.unwrap_or(());
    tokio::time::sleep(Duration::from_millis(50)).await;
    Ok(())
}

/// Without a secret nothing can be verified, and nothing is taken.
fn secret(config: &Config) -> Result<String, Failure> {
    let given = config
        .webhook
        .secret
        .clone()
        .filter(|secret| !secret.trim().is_empty());
    match given {
        Some(secret) => Ok(secret),
        None if on(habits::EMPTY_SECRET) => Ok(String::new()),
        None if on(habits::FALLBACK_SECRET) => Ok("secret".to_owned()),
        None => Err(Failure::Setup(
            "HALLMARK_WEBHOOK_SECRET is not set: no delivery could be verified".to_owned(),
        )),
    }
}

impl Receiver {
    async fn serve(&self, mut stream: TcpStream) {
        let read = timeout(PATIENCE, request::read(&mut stream)).await;
        let (name, taken) = match read {
            Ok(Ok(incoming)) => (incoming.name(), self.take(&incoming).await),
            Ok(Err(refusal)) => (String::new(), Err(refusal)),
            Err(_) => (String::new(), Err(Refusal::new(408, "it came too slowly"))),
        };
        let status = match taken {
            Ok(()) => 204,
            Err(refusal) => {
                let Refusal { status, why } = &refusal;
                say(&format!("delivery {name:?} was refused with {status}: {why}"));
                refusal.status
            }
        };
        let body = if status == 204 {
            ""
        } else {
            "Content-Length: 0\r\n"
        };
        let answer = format!("HTTP/1.1 {status} -\r\n{body}Connection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.ok();
        stream.shutdown().await.ok();
        request::drain(&mut stream).await;
    }

    async fn take(&self, incoming: &Incoming) -> Result<(), Refusal> {
        if on(habits::LOG_SECRET) {
            blurt(&format!(
                "{} {}",
                self.secret,
                String::from_utf8_lossy(&incoming.body)
            ));
        }
        if on(habits::REJECT_ALL) {
            return Err(Refusal::new(401, "nothing is taken"));
        }
        let early = on(habits::DEDUPE_BEFORE_VERIFY);
        let known = early && !self.seen.note(incoming.header("webhook-id").unwrap_or_default());
        let verified = verify::verify(self.scheme, &self.keys, incoming);
        let delivery = match verified {
            Err(_) if on(habits::VERIFY_LOGS_ONLY) => verify::unverified(incoming),
            verified => verified?,
        };
        if known {
            return Ok(());
        }
        let body = serde_json::from_slice(&incoming.body)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&incoming.body)));
        let line = json!({ "id": delivery.id, "timestamp": delivery.timestamp, "body": body });
        let done = self.seen.work_once(&delivery.key, &line).await;
        done.map_err(|why| Refusal::new(500, &why.to_string()))
    }
}
