//! The redirect to this machine (RFC 8252 §7.3): a literal loopback address, a port that the system chose, one answer,
//! then closed.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;
use url::Url;

use super::page::{answer, last};
use super::{LoginError, Person, Progress};
use crate::oauth::callback::Callback;

const PATH: &str = "/callback";
/// A browser sends its request at once.
const PATIENCE: Duration = Duration::from_secs(5);
const LONGEST: usize = 16 << 10;

/// Shows the address to the person: opens a browser, prints it.
type Show = Box<dyn Fn(&Url) + Send + Sync>;
/// Brings an address that was pasted, where somebody can paste one.
type Pasted = Box<dyn Fn() -> BoxFuture<'static, Option<String>> + Send + Sync>;

/// A browser on this machine, or on another with somebody who copies the last address from it.
pub struct Loopback {
    listener: Mutex<Option<TcpListener>>,
    port: u16,
    patience: Duration,
    show: Show,
    pasted: Option<Pasted>,
    progress: Box<dyn Fn(Progress) + Send + Sync>,
}

impl Loopback {
    /// Listens from now on, at 127.0.0.1 alone; port 0 is one that is free.
    pub async fn listen(
        port: u16,
        patience: Duration,
        show: impl Fn(&Url) + Send + Sync + 'static,
        progress: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<Self, LoginError> {
        let failed = |error: std::io::Error| LoginError::CannotWait {
            why: error.to_string(),
        };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(failed)?;
        Ok(Self {
            port: listener.local_addr().map_err(failed)?.port(),
            listener: Mutex::new(Some(listener)),
            patience,
            show: Box::new(show),
            pasted: None,
            progress: Box::new(progress),
        })
    }

    /// Takes a pasted address too, whichever comes first.
    #[must_use]
    pub fn or_pasted(
        mut self,
        pasted: impl Fn() -> BoxFuture<'static, Option<String>> + Send + Sync + 'static,
    ) -> Self {
        self.pasted = Some(Box::new(pasted));
        self
    }

    async fn wait(&self, listener: TcpListener, state: &str) -> Result<Callback, LoginError> {
        let (tell, mut told) = mpsc::channel(1);
        let uri = self.redirect_uri();
        let serve = async {
            loop {
                let Ok((socket, _)) = listener.accept().await else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                // Beside each other: a browser may open a connection and send nothing on it.
                let visit = visit(socket, uri.clone(), self.port, state.to_owned(), tell.clone());
                tokio::spawn(timeout(PATIENCE, visit));
            }
        };
        let come = async {
            while let Some(visit) = told.recv().await {
                match visit {
                    Visit::Answer(callback) => return Ok(callback),
                    Visit::Foreign => (self.progress)(Progress::ForeignCallback),
                }
            }
            Err(LoginError::Nobody(self.patience))
        };
        tokio::select! {
            never = serve => never,
            callback = come => callback,
            callback = self.paste(&uri, state) => callback,
            () = tokio::time::sleep(self.patience) => Err(LoginError::Nobody(self.patience)),
        }
    }

    /// Waits for ever where nobody can paste.
    async fn paste(&self, uri: &str, state: &str) -> Result<Callback, LoginError> {
        if let Some(pasted) = &self.pasted {
            while let Some(text) = pasted().await {
                if text.trim().is_empty() {
                    continue;
                }
                match super::answer_of(&text, uri) {
                    Ok(callback) if callback.get("state") == Some(state) => return Ok(callback),
                    Ok(_) => (self.progress)(Progress::ForeignCallback),
                    Err(LoginError::Callback { why }) => (self.progress)(Progress::Mispasted(why)),
                    Err(error) => (self.progress)(Progress::Mispasted(error.to_string())),
                }
            }
        }
        std::future::pending().await
    }
}

impl Person for Loopback {
    fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    fn consent<'a>(&'a self, url: &'a Url, state: &'a str) -> BoxFuture<'a, Result<Callback, LoginError>> {
        Box::pin(async move {
            // One shot: the listener goes with this call.
            let Some(listener) = self.listener.lock().await.take() else {
                return Err(LoginError::CannotWait {
                    why: "this listener was used already".to_owned(),
                });
            };
            (self.show)(url);
            self.wait(listener, state).await
        })
    }
}

enum Visit {
    Answer(Callback),
    Foreign,
}

/// One request of a browser. What is not the answer to this login changes nothing.
async fn visit(mut socket: TcpStream, uri: String, port: u16, state: String, tell: mpsc::Sender<Visit>) {
    let Some(head) = head_of(&mut socket).await else {
        return;
    };
    let (page, visit) = judge(&head, &uri, port, &state);
    let _ = socket.write_all(&page).await;
    let _ = socket.shutdown().await;
    if let Some(visit) = visit {
        let _ = tell.send(visit).await;
    }
}

async fn head_of(socket: &mut TcpStream) -> Option<String> {
    let mut got = Vec::new();
    while !got.windows(4).any(|four| four == b"\r\n\r\n") {
        let mut buffer = [0; 2048];
        let read = socket.read(&mut buffer).await.ok()?;
        if read == 0 || got.len() > LONGEST {
            return None;
        }
        got.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8(got).ok()
}

fn judge(head: &str, uri: &str, port: u16, state: &str) -> (Vec<u8>, Option<Visit>) {
    let refused = |status, words| (answer(status, "Not this login", words), None);
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let host = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host").then(|| value.trim().to_owned())
    });
    // A name that leads here would be a page of somebody else's talking to this listener.
    if host.as_deref() != Some(&format!("127.0.0.1:{port}")) {
        return refused(
            "421 Misdirected Request",
            "This address is reached as 127.0.0.1 only.",
        );
    }
    let path = target.split('?').next().unwrap_or_default();
    if path != PATH {
        return refused("404 Not Found", "There is nothing here.");
    }
    if method != "GET" {
        return refused("405 Method Not Allowed", "Only a redirect leads here.");
    }
    let text = format!("http://127.0.0.1:{port}{target}");
    let callback = Url::parse(&text)
        .ok()
        .and_then(|base| Callback::read(&text, &base, uri));
    match callback.filter(|callback| callback.get("state") == Some(state)) {
        Some(callback) if callback.error().is_some() => (
            last(
                "Not connected",
                "The authorization server did not grant access. The terminal says more. You can close this window.",
            ),
            Some(Visit::Answer(callback)),
        ),
        Some(callback) => (
            last(
                "Consent received",
                "Hallmark finishes the login in the terminal. You can close this window.",
            ),
            Some(Visit::Answer(callback)),
        ),
        None => (
            answer(
                "400 Bad Request",
                "Not this login",
                "This is the answer to another login, or to none. Nothing was done with it; the login in the terminal still waits.",
            ),
            Some(Visit::Foreign),
        ),
    }
}
