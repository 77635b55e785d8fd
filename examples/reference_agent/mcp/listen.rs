//! Staying on a stream: GET in the session era, `subscriptions/listen` in the stateless one.

use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep, timeout_at};

use super::peer::{Era, Peer, in_session};
use super::rpc;
use super::sse::Events;
use super::stateless;
use super::wire::Kind;
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::http::{Answer, Request};
use crate::lines::append;
use crate::retry::Tries;
use crate::say::say;

/// The wait before coming back where the server names none.
pub(super) const DEFAULT_RETRY: Duration = Duration::from_secs(1);

/// How a connection ended.
enum End {
    /// Something came on it.
    After,
    /// Nothing did.
    Empty,
    /// The server has no stream, or wants nobody back (WHATWG HTML §9.2.3, 204).
    Never(u16),
    /// The session is gone.
    Lost,
}

/// Where a listener is.
#[derive(Default)]
struct Place {
    events: Events,
    id: Option<u64>,
}

impl Peer {
    /// Listens until `until`; each message becomes a line of `to`.
    pub(crate) async fn listen(&self, stay: Duration, to: &Path) -> Result<(), Failure> {
        let until = Instant::now() + stay;
        let mut place = Place::default();
        let mut tries = Tries::default();
        while Instant::now() < until {
            let end = match timeout_at(until, self.stay(&mut place, to)).await {
                Ok(end) => end?,
                Err(_) => return Ok(()),
            };
            match end {
                End::Never(status) => {
                    say(&format!("the server has no stream to stay on ({status})"));
                    return Ok(());
                }
                End::Lost => self.reopen(&self.era()).await?,
                End::After => tries = Tries::default(),
                End::Empty => {}
            }
            let wait = if on(habits::RECONNECT_HOT) {
                Duration::from_millis(5)
            } else if on(habits::SSE_RETRY_IGNORED) {
                Tries::default().failed("the stream ended", None)?
            } else {
                tries.failed("the stream ended", place.events.retry)?
            };
            if timeout_at(until, sleep(wait)).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn stay(&self, place: &mut Place, to: &Path) -> Result<End, Failure> {
        let era = self.era();
        let request = self.stream_request(&era, place);
        let answer = self
            .wire
            .exchange(&request, Kind::Stream, &mut Tries::default())
            .await?;
        let streams = answer
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/event-stream"));
        match answer.status {
            200 if streams => self.hear(answer, place, to).await,
            404 if matches!(&era, Era::Session { id: Some(_), .. }) => Ok(End::Lost),
            401 => Ok(End::Empty),
            status => Ok(End::Never(status)),
        }
    }

    fn stream_request(&self, era: &Era, place: &mut Place) -> Request {
        let last = place
            .events
            .last_id
            .clone()
            .filter(|_| !on(habits::RESUME_FROM_START));
        place.events.reconnect();
        if *era == Era::Stateless {
            let id = place
                .id
                .filter(|_| on(habits::SAME_ID_AGAIN))
                .unwrap_or_else(|| self.next_id());
            place.id = Some(id);
            let wanted =
                json!({ "toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true });
            let mut params = Map::from_iter([("notifications".to_owned(), wanted)]);
            stateless::with_meta(&mut params);
            let mut request = self.post(era, &rpc::request(id, "subscriptions/listen", &params), true);
            request
                .headers
                .extend(stateless::headers("subscriptions/listen", &params, None));
            return request;
        }
        let request = in_session(
            Request::get(self.wire.endpoint()).with("Accept", "text/event-stream"),
            era,
            false,
        );
        match last {
            Some(last) => request.with("Last-Event-ID", &last),
            None => request,
        }
    }

    async fn hear(&self, mut answer: Answer, place: &mut Place, to: &Path) -> Result<End, Failure> {
        let mut end = End::Empty;
        while let Ok(Some(piece)) = answer.piece().await {
            let before = place.events.last_id.clone();
            for event in place.events.push(&piece) {
                end = End::After;
                if let Ok(message) = serde_json::from_str::<Value>(&event.data) {
                    self.asked_back(&message).await;
                    append(to, &message)?;
                }
            }
            if before != place.events.last_id {
                end = End::After;
            }
        }
        Ok(end)
    }
}
