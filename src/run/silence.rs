//! Notices that a server, which all cases share, has fallen silent, so that a run does not wait for every request of
//! every case that is left.

use std::time::Duration;

use tokio::sync::Mutex;
use url::Url;

use crate::wire::{Read, Request, Wire, WireError};

/// Cases in a row, in the order they end, that sent something and heard nothing.
const IN_A_ROW: u32 = 5;
/// What a server that is being started again may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// For one question.
const ONCE: Duration = Duration::from_secs(5);
/// Between two questions.
const PAUSE: Duration = Duration::from_secs(1);

/// What was heard of the server lately.
#[derive(Debug)]
pub(super) struct Silence {
    patience: Duration,
    lately: Mutex<Lately>,
}

#[derive(Debug, Default)]
struct Lately {
    silent: u32,
    gone: Option<String>,
}

impl Default for Silence {
    fn default() -> Self {
        Self::after(PATIENCE)
    }
}

impl Silence {
    fn after(patience: Duration) -> Self {
        Self {
            patience,
            lately: Mutex::default(),
        }
    }

    /// A case has ended that sent so many requests and was answered so many times.
    pub(super) async fn heard(&self, requests: u64, answers: u64) {
        let mut lately = self.lately.lock().await;
        match (requests, answers) {
            (0, 0) => {}
            (_, 0) => lately.silent += 1,
            _ => lately.silent = 0,
        }
    }

    /// Why no further case can be judged; `None` while the server answers. Asks it where the last cases heard nothing;
    /// cases that would begin meanwhile wait for what it says.
    pub(super) async fn why(&self, wire: &Wire, url: &Url) -> Option<String> {
        let mut lately = self.lately.lock().await;
        if lately.gone.is_none() && lately.silent >= IN_A_ROW {
            lately.gone = ask(wire, url, self.patience).await.err().map(|error| {
                format!(
                    "the server no longer answers: {IN_A_ROW} cases in a row heard nothing, and then {} s of \
                     asking did not: {error}",
                    self.patience.as_secs()
                )
            });
            lately.silent = 0;
        }
        lately.gone.clone()
    }
}

/// Asks until anything comes back, be it not even HTTP.
async fn ask(wire: &Wire, url: &Url, patience: Duration) -> Result<(), WireError> {
    let question = Request {
        method: "GET".to_owned(),
        url: url.clone(),
        target: None,
        headers: Vec::new(),
        body: bytes::Bytes::new(),
        timeout: ONCE,
        redirects: 0,
        read: Read::For(Duration::ZERO),
    };
    let until = tokio::time::Instant::now() + patience;
    loop {
        match wire.send(&question).await.response {
            Err(error) if says_nothing(&error) => {
                if tokio::time::Instant::now() + PAUSE >= until {
                    return Err(error);
                }
            }
            _ => return Ok(()),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn says_nothing(error: &WireError) -> bool {
    matches!(
        error,
        WireError::Resolve { .. } | WireError::Connect { .. } | WireError::Timeout { .. }
    )
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::wire::WireConfig;

    fn wire() -> Wire {
        Wire::new(WireConfig::default()).expect("a wire")
    }

    /// Says this to whoever comes.
    async fn server(words: &'static [u8]) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/mcp", listener.local_addr().expect("bound"));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(words).await;
            }
        });
        url.parse().expect("a URL")
    }

    async fn heard(cases: &[(u64, u64)]) -> Silence {
        let silence = Silence::after(Duration::from_secs(1));
        for &(requests, answers) in cases {
            silence.heard(requests, answers).await;
        }
        silence
    }

    #[tokio::test]
    async fn nobody_is_asked_before_some_cases_in_a_row_heard_nothing() {
        let nowhere = Url::parse("http://127.0.0.1:1/mcp").expect("a URL");
        for cases in [
            vec![(3, 0); 4],
            [vec![(3, 0); 4], vec![(2, 1)], vec![(3, 0); 4]].concat(),
            [vec![(3, 0); 4], vec![(0, 0); 9]].concat(),
        ] {
            assert_eq!(
                heard(&cases).await.why(&wire(), &nowhere).await,
                None,
                "{cases:?}"
            );
        }
    }

    #[tokio::test]
    async fn whoever_says_anything_is_there() {
        for words in [
            &b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n"[..],
            b"what?\r\n\r\n",
        ] {
            let silence = heard(&[(3, 0); 5]).await;
            assert_eq!(silence.why(&wire(), &server(words).await).await, None);
        }
    }

    #[tokio::test]
    async fn who_does_not_come_back_is_gone_for_good() {
        let silence = heard(&[(3, 0); 5]).await;
        let nowhere = Url::parse("http://127.0.0.1:1/mcp").expect("a URL");
        let why = silence.why(&wire(), &nowhere).await.expect("nobody there");
        assert!(
            why.contains("no longer answers") && why.contains("127.0.0.1:1"),
            "{why}"
        );
        silence.heard(1, 1).await;
        assert_eq!(silence.why(&wire(), &nowhere).await, Some(why));
    }
}
