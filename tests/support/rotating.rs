//! A token endpoint that rotates refresh tokens, detects their reuse and remembers which it still honours; and a
//! resource that takes its access tokens.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What happens to a refresh token that comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// It was stolen: all tokens end.
    Strict,
    /// The previous one works until the new one, or its access token, was used: an answer may be lost.
    LostResponse,
}

/// Where an answer to a refresh stops, so that its reader can be killed there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Before anything is changed.
    Received,
    /// After the rotation, before the first byte.
    Rotated,
    /// In the middle of the body.
    Half,
}

#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// The refresh token that was given last.
    pub(crate) current: String,
    /// The one before, while it is honoured.
    pub(crate) previous: Option<String>,
    /// The access token that was given last.
    pub(crate) access: String,
    /// Every token is dead: reuse was detected.
    pub(crate) revoked: bool,
    /// How many refreshes were carried out.
    pub(crate) refreshes: u32,
    /// How many times an access token was taken.
    pub(crate) uses: u32,
    stop: Option<Stop>,
}

impl Tokens {
    /// The refresh tokens that work now.
    pub(crate) fn honours(&self, token: &str) -> bool {
        !self.revoked && (self.current == token || self.previous.as_deref() == Some(token))
    }

    fn refresh(&mut self, presented: &str, rotation: Rotation) -> Option<String> {
        if !self.honours(presented) {
            self.revoked = true;
            return None;
        }
        self.refreshes += 1;
        self.previous = (rotation == Rotation::LostResponse).then(|| presented.to_owned());
        self.current = format!("R{}-{:08x}", self.refreshes, rand::random::<u32>());
        self.access = format!("A{}-{:08x}", self.refreshes, rand::random::<u32>());
        Some(format!(
            r#"{{"access_token":"{}","token_type":"Bearer","expires_in":EXPIRES,"refresh_token":"{}","scope":"read"}}"#,
            self.access, self.current
        ))
    }

    fn used(&mut self, access: &str) -> bool {
        let good = !self.revoked && self.access == access;
        if good {
            self.uses += 1;
            self.previous = None;
        }
        good
    }
}

/// The server.
#[derive(Clone)]
pub(crate) struct Rotating {
    pub(crate) origin: String,
    tokens: Arc<Mutex<Tokens>>,
    rotation: Rotation,
    /// Seconds that an access token lives.
    life: u32,
    /// So many callers must have used an access token before it ends; 0: it does not.
    callers: u32,
    waiting: Arc<Mutex<u32>>,
    all_came: Arc<Notify>,
    /// A refresh stopped.
    pub(crate) stopped: Arc<Notify>,
}

impl Rotating {
    pub(crate) async fn start(rotation: Rotation, life: u32, callers: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let server = Self {
            origin: format!("http://{}", listener.local_addr().expect("an address")),
            tokens: Arc::new(Mutex::new(Tokens {
                current: "R0".to_owned(),
                access: "A0".to_owned(),
                ..Tokens::default()
            })),
            rotation,
            life,
            callers,
            waiting: Arc::default(),
            all_came: Arc::default(),
            stopped: Arc::default(),
        };
        let accepts = server.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(accepts.clone().answer(socket));
            }
        });
        server
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().expect("tokens")
    }

    /// The next refresh stops there, until its connection ends.
    pub(crate) fn stop_next(&self, stop: Stop) {
        self.tokens().stop = Some(stop);
    }

    async fn answer(self, mut socket: TcpStream) {
        let Some((head, body)) = request(&mut socket).await else {
            return;
        };
        if head.starts_with("POST /token ") {
            self.token(&mut socket, &body).await;
        } else {
            let access = head
                .lines()
                .find_map(|line| line.strip_prefix("authorization: Bearer "))
                .unwrap_or_default()
                .trim();
            let good = self.tokens().used(access);
            let status = if good { self.together().await } else { 401 };
            send(&mut socket, status, "{}").await;
        }
    }

    async fn token(&self, socket: &mut TcpStream, body: &str) {
        let presented = url::form_urlencoded::parse(body.as_bytes())
            .find_map(|(name, value)| (name == "refresh_token").then(|| value.into_owned()))
            .unwrap_or_default();
        let stop = self.tokens().stop.take();
        if stop == Some(Stop::Received) {
            self.hang(socket).await;
            return;
        }
        let answer = self.tokens().refresh(&presented, self.rotation);
        let Some(answer) = answer else {
            send(socket, 400, r#"{"error":"invalid_grant"}"#).await;
            return;
        };
        let answer = answer.replace("EXPIRES", &self.life.to_string());
        match stop {
            Some(Stop::Half) => {
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                    answer.len(),
                    &answer[..answer.len() / 2]
                );
                let _ = socket.write_all(head.as_bytes()).await;
                self.hang(socket).await;
            }
            Some(_) => self.hang(socket).await,
            None => send(socket, 200, &answer).await,
        }
    }

    async fn hang(&self, socket: &mut TcpStream) {
        self.stopped.notify_one();
        let mut rest = [0; 64];
        while socket.read(&mut rest).await.is_ok_and(|read| read > 0) {}
    }

    /// Waits for all callers; then the access token ends for all of them at once.
    async fn together(&self) -> u16 {
        if self.callers == 0 {
            return 200;
        }
        let come = self.all_came.notified();
        tokio::pin!(come);
        come.as_mut().enable();
        let last = {
            let mut waiting = self.waiting.lock().expect("a number");
            *waiting = (*waiting + 1) % self.callers;
            *waiting == 0
        };
        if last {
            "ended".clone_into(&mut self.tokens().access);
            self.all_came.notify_waiters();
        } else {
            come.await;
        }
        200
    }
}

async fn send(socket: &mut TcpStream, status: u16, body: &str) {
    let text = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = socket.write_all(text.as_bytes()).await;
    let _ = socket.shutdown().await;
}

/// Head in lower-case names, and body.
async fn request(socket: &mut TcpStream) -> Option<(String, String)> {
    let mut got = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&got).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines();
            let first = lines.next().unwrap_or_default().to_owned();
            let rest = lines.filter_map(|line| line.split_once(':'));
            let fields: Vec<(String, String)> = rest
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect();
            let length = fields
                .iter()
                .find_map(|(name, value)| (name == "content-length").then(|| value.parse().ok())?)
                .unwrap_or(0);
            if body.len() >= length {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}"))
                    .collect();
                return Some((format!("{first}\n{}", fields.join("\n")), body.to_owned()));
            }
        }
        let mut buffer = [0; 4096];
        let read = socket.read(&mut buffer).await.ok()?;
        if read == 0 {
            return None;
        }
        got.extend_from_slice(&buffer[..read]);
    }
}
