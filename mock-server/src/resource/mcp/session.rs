//! Sessions of the session era: made by `initialize`, ended by DELETE, bound to one credential.
//!
//! A session keeps what its event streams said, a bounded while, so that a stream that broke can be taken up
//! again (`Last-Event-ID`): that stream and no other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;
use tokio::sync::watch;

/// Revisions of the session era, oldest first.
pub(crate) const REVISIONS: [&str; 3] = ["2025-03-26", "2025-06-18", "2025-11-25"];

/// Sessions kept per world; beyond that the oldest ones end.
const CAPACITY: usize = 10_000;
/// Streams a session remembers, and events of each.
const STREAMS: usize = 16;
const EVENTS: usize = 64;
/// Resources a session may watch.
const WATCHED: usize = 256;

/// A place in a session's streams; as text `STREAM-EVENT`, which is the id of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) stream: u64,
    pub(crate) event: u64,
}

impl Place {
    /// Reads an event id; `None` for one that this server did not write.
    pub(crate) fn from_id(id: &str) -> Option<Self> {
        let (stream, event) = id.split_once('-')?;
        Some(Self {
            stream: stream.parse().ok()?,
            event: event.parse().ok()?,
        })
    }

    pub(crate) fn id(self) -> String {
        format!("{}-{}", self.stream, self.event)
    }
}

/// What one stream said.
#[derive(Debug, Default)]
struct Said {
    events: VecDeque<(u64, String)>,
    last: u64,
}

/// One session.
#[derive(Debug, Serialize)]
pub(crate) struct Session {
    /// Id of the credential that opened it.
    pub(crate) credential: String,
    /// Negotiated revision.
    pub(crate) revision: &'static str,
    /// The `jti` of the access token that opened it; only the defect `session-binds-token-bytes` minds.
    #[serde(skip)]
    pub(crate) token: Option<String>,
    /// Its client sends people to pages (URL mode elicitation).
    pub(crate) opens_links: bool,
    /// Running number.
    opened: u64,
    /// Resources it asked to hear of.
    pub(crate) watched: BTreeSet<String>,
    #[serde(skip)]
    streams: BTreeMap<u64, Said>,
    #[serde(skip)]
    streams_opened: u64,
    /// The stream that carries what belongs to no request.
    #[serde(skip)]
    standing: Option<u64>,
    /// Wakes the session's streams; ends them when it is dropped.
    #[serde(skip)]
    moved: watch::Sender<()>,
}

/// All sessions of a world.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Sessions {
    open: BTreeMap<String, Session>,
    opened: u64,
    /// Ids, oldest first; some may have ended since.
    #[serde(skip)]
    order: VecDeque<String>,
    /// How many ended to make room.
    pub(crate) evicted: u64,
}

impl Sessions {
    pub(crate) fn open(&mut self, id: String, credential: &str, revision: &'static str) {
        self.opened += 1;
        while self.open.len() >= CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.evicted += u64::from(self.open.remove(&oldest).is_some());
        }
        if self.order.len() >= 2 * CAPACITY {
            self.order.retain(|id| self.open.contains_key(id));
        }
        self.order.push_back(id.clone());
        let session = Session {
            credential: credential.to_owned(),
            revision,
            token: None,
            opens_links: false,
            opened: self.opened,
            watched: BTreeSet::new(),
            streams: BTreeMap::new(),
            streams_opened: 0,
            standing: None,
            moved: watch::Sender::new(()),
        };
        self.open.insert(id, session);
    }

    /// The session of this id, if it belongs to the credential. A foreign one is as unknown as none.
    pub(crate) fn of(&mut self, id: &str, credential: &str) -> Option<&mut Session> {
        self.open
            .get_mut(id)
            .filter(|session| session.credential == credential)
    }

    /// The session of this id, whoever asks.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Session> {
        self.open.get(id)
    }

    /// Whose session it is.
    pub(crate) fn owner(&self, id: &str) -> Option<&str> {
        self.open.get(id).map(|session| session.credential.as_str())
    }

    /// Those that have somebody who listens.
    pub(crate) fn listening(&mut self) -> impl Iterator<Item = &mut Session> {
        self.open
            .values_mut()
            .filter(|session| session.standing.is_some())
    }

    pub(crate) fn all(&mut self) -> impl Iterator<Item = &mut Session> {
        self.open.values_mut()
    }

    /// Gives a session to another credential: when somebody signs in to it, or by a defect.
    pub(crate) fn take_over(&mut self, id: &str, credential: &str) {
        if let Some(session) = self.open.get_mut(id) {
            credential.clone_into(&mut session.credential);
        }
    }

    pub(crate) fn end(&mut self, id: &str, credential: &str) -> bool {
        self.of(id, credential).is_some() && self.open.remove(id).is_some()
    }

    /// Ends every session of a credential, and with them their streams.
    pub(crate) fn end_all_of(&mut self, credential: &str) {
        self.open.retain(|_, session| session.credential != credential);
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }
}

impl Session {
    /// Changes when a stream has something new; fails when the session has ended.
    pub(crate) fn watch(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    /// Opens a stream; its first event is number 0, which carries nothing.
    pub(crate) fn open_stream(&mut self) -> Place {
        self.streams_opened += 1;
        let stream = self.streams_opened;
        self.streams.insert(stream, Said::default());
        if self.streams.len() > STREAMS {
            let standing = self.standing;
            let oldest = self
                .streams
                .keys()
                .copied()
                .find(|known| Some(*known) != standing);
            oldest.map(|oldest| self.streams.remove(&oldest));
        }
        Place { stream, event: 0 }
    }

    /// Opens the standing stream, or takes one of this session up again at `from`; says which of the two.
    pub(crate) fn stand(&mut self, from: Option<Place>) -> (Place, bool) {
        let known = from.filter(|place| self.streams.contains_key(&place.stream));
        let place = known.unwrap_or_else(|| self.open_stream());
        self.standing = Some(place.stream);
        (place, known.is_some())
    }

    /// Adds a message to a stream and returns its place.
    pub(crate) fn say(&mut self, stream: u64, message: String) -> Option<Place> {
        let said = self.streams.get_mut(&stream)?;
        said.last += 1;
        let event = said.last;
        said.events.push_back((event, message));
        if said.events.len() > EVENTS {
            said.events.pop_front();
        }
        Some(Place { stream, event })
    }

    /// Tells the standing stream, if the session ever had one.
    pub(crate) fn tell(&mut self, message: &str) {
        if let Some(stream) = self.standing {
            self.say(stream, message.to_owned());
            self.moved.send_replace(());
        }
    }

    /// What this stream said after this place.
    pub(crate) fn after(&self, place: Place) -> Vec<(Place, String)> {
        let Some(said) = self.streams.get(&place.stream) else {
            return Vec::new();
        };
        let later = said.events.iter().filter(|(event, _)| *event > place.event);
        let at = |event| Place { event, ..place };
        later
            .map(|(event, message)| (at(*event), message.clone()))
            .collect()
    }

    /// Watches a resource; `false` where it watches too many already.
    pub(crate) fn watch_resource(&mut self, uri: &str) -> bool {
        if self.watched.len() >= WATCHED {
            return false;
        }
        self.watched.insert(uri.to_owned());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> (Sessions, &'static str) {
        let mut sessions = Sessions::default();
        sessions.open("s".to_owned(), "key", "2025-11-25");
        (sessions, "s")
    }

    #[test]
    fn event_ids_are_unique_in_a_session_and_read_back() {
        let (mut sessions, id) = session();
        let session = sessions.of(id, "key").unwrap();
        let mut ids = BTreeSet::new();
        for _ in 0..3 {
            let place = session.open_stream();
            assert!(ids.insert(place.id()));
            for n in 0..5 {
                let said = session.say(place.stream, n.to_string()).unwrap();
                assert_eq!(Place::from_id(&said.id()), Some(said));
                assert!(ids.insert(said.id()));
            }
        }
        for id in ["", "1", "-", "1-", "-1", "a-1", "1-2-3", "99999999999999999999-1"] {
            assert_eq!(Place::from_id(id), None, "{id}");
        }
    }

    #[test]
    fn a_stream_is_taken_up_where_it_broke_and_no_other_is_replayed() {
        let (mut sessions, id) = session();
        let session = sessions.of(id, "key").unwrap();
        let (first, _) = session.stand(None);
        session.tell("one");
        session.tell("two");
        let other = session.open_stream();
        session.say(other.stream, "answer".to_owned());
        let told: Vec<String> = session
            .after(Place { event: 1, ..first })
            .into_iter()
            .map(|(_, message)| message)
            .collect();
        assert_eq!(told, ["two"]);
        let place = Place { event: 1, ..first };
        assert_eq!(session.stand(Some(place)), (place, true));
        // A place that this session never had opens a new stream.
        let unknown = Place { stream: 77, event: 0 };
        assert!(!session.stand(Some(unknown)).1);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let (mut sessions, id) = session();
        let session = sessions.of(id, "key").unwrap();
        let (standing, _) = session.stand(None);
        for _ in 0..STREAMS * 2 {
            session.open_stream();
        }
        for _ in 0..EVENTS * 2 {
            session.tell("m");
        }
        assert_eq!(session.streams.len(), STREAMS);
        assert_eq!(session.after(standing).len(), EVENTS);
    }
}
