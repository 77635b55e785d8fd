//! Directs the relays by the plan, and writes down everything that comes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use futures_util::future::BoxFuture;

use super::browser::Person;
use super::lives::Lives;
use super::places::Places;
use super::plan::{self, Drop, Entry, Moment};
use super::remains::Known;
use crate::scenario::model::DoStep;
use crate::secret::{Secret, spellings};
use crate::step::{Heard, Nature, Scope, Transcript, World, act_of_plan};
use crate::wire::{Answer, Came, Course, Director, Exchange, Finish, Part, Timing, WireError};

/// The tool of the harmless read.
pub(super) const READ: &str = "storage";
/// Tools that clients of the conformance suite call.
const SUITE_TOOLS: &[&str] = &["test-tool", "add_numbers"];
/// Requests that are remembered.
const MOST_REMEMBERED: usize = 5_000;
/// Bytes of bodies that are remembered.
const MOST_BYTES: usize = 64 << 20;

/// A plan while it is carried out.
pub(super) struct Script {
    entries: Vec<Entry>,
    places: Places,
    lives: Arc<Lives>,
    world: Arc<World>,
    scope: Scope,
    /// For a command of the conformance suite: who decides for it.
    suite: Option<Arc<Person>>,
    state: Mutex<State>,
    this: Weak<Script>,
}

#[derive(Default)]
struct State {
    requests: Vec<Record>,
    /// Where a request is among them, by the relay it came to and its ticket there.
    index: BTreeMap<(bool, u64), usize>,
    /// How many requests each entry was about.
    counts: Vec<u64>,
    /// Acts that failed.
    problems: Vec<String>,
    /// Tokens that were issued on the way.
    obtained: Vec<(String, Secret)>,
    bytes: usize,
    beyond: u64,
}

struct Record {
    came: Came,
    nature: Nature,
    life: u64,
    /// Entries that fired.
    fired: Vec<usize>,
    exchange: Option<Exchange>,
}

impl Script {
    pub(super) fn new(
        entries: Vec<Entry>,
        places: Places,
        lives: Arc<Lives>,
        (world, scope): (Arc<World>, Scope),
        suite: Option<Arc<Person>>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            state: Mutex::new(State {
                counts: vec![0; entries.len()],
                ..State::default()
            }),
            entries,
            places,
            lives,
            world,
            scope,
            suite,
            this: this.clone(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a request down and says which entries are about it.
    fn take(&self, came: &Came, trap: bool) -> Vec<usize> {
        let path = came.sent.line.split(' ').nth(1).unwrap_or("/");
        let path = path.split(['?', '#']).next().unwrap_or("/");
        let to = if trap { "trap" } else { self.places.of_path(path) };
        let mut nature = Nature::of(&came.sent, to);
        if self.calls_the_suite(&nature) {
            nature.tool = Some(READ.to_owned());
        }
        let mut state = self.state();
        let mut fired = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            let open = entry.after.as_ref().is_none_or(|id| self.is_over(id, &state));
            if !open || !entry.wanted.fits(&nature) {
                continue;
            }
            state.counts[at] += 1;
            let count = state.counts[at];
            if entry
                .nth
                .is_none_or(|(first, last)| (first..=last).contains(&count))
            {
                fired.push(at);
            }
        }
        state.bytes += came.sent.body.len();
        if state.requests.len() >= MOST_REMEMBERED || state.bytes > MOST_BYTES {
            state.beyond += 1;
            return fired;
        }
        let place = state.requests.len();
        state.index.insert((trap, came.ticket), place);
        state.requests.push(Record {
            came: came.clone(),
            nature,
            life: self.lives.number(),
            fired: fired.clone(),
            exchange: None,
        });
        fired
    }

    /// Whether an entry has fired, and the reply in which it did is out.
    fn is_over(&self, id: &str, state: &State) -> bool {
        let named = |at: &usize| self.entries[*at].id.as_deref() == Some(id);
        state
            .requests
            .iter()
            .any(|one| one.exchange.is_some() && one.fired.iter().any(named))
    }

    /// What the entries come to, taken together.
    fn part(&self, came: &Came, fired: &[usize], trap: bool) -> Part {
        let entries: Vec<&Entry> = fired.iter().map(|at| &self.entries[*at]).collect();
        let reply = entries.iter().find_map(|entry| entry.reply.as_ref());
        let skew = entries.iter().find_map(|entry| entry.skew);
        let drop = entries.iter().find_map(|entry| entry.drop);
        let course = match (reply, drop) {
            (_, Some(Drop::Before)) => Course::Drop,
            (Some(reply), _) => Course::Answer(reply.answer(&came.sent, skew.unwrap_or_default())),
            (None, _) if trap => Course::Answer(caught()),
            (None, _) => Course::Pass,
        };
        let altering = entries.iter().filter(|entry| entry.alters());
        let changes = altering.filter_map(|entry| entry.change.clone()).collect();
        let finish = match drop {
            Some(Drop::After) => Finish::Nothing,
            _ if entries.iter().any(|entry| entry.half) => Finish::Half,
            _ => Finish::Whole,
        };
        Part {
            course,
            alter: plan::alter(changes, skew),
            between: self.later(fired, Moment::Effect),
            delay: entries.iter().map(|entry| entry.delay).sum(),
            finish,
            afterwards: self.later(fired, Moment::Reply),
        }
    }

    /// Clients of the conformance suite call its own tools; here they stand for the harmless read.
    fn calls_the_suite(&self, nature: &Nature) -> bool {
        let tool = nature.tool.as_deref().unwrap_or_default();
        self.suite.is_some() && SUITE_TOOLS.contains(&tool)
    }

    /// What else is done with the requests of a client of the suite.
    fn for_the_suite(&self, came: &Came, part: &mut Part) {
        let Some(person) = &self.suite else { return };
        let path = came.sent.line.split([' ', '?']).nth(1).unwrap_or("/");
        let nature = Nature::of(&came.sent, self.places.of_path(path));
        if self.calls_the_suite(&nature) && matches!(part.course, Course::Pass) {
            part.course = Course::Answer(plan::said(&came.sent));
        }
        if nature.to == "authorize" && part.alter.is_none() {
            let person = person.clone();
            part.alter = Some(Arc::new(move |mut reply| {
                let page = reply.header("location").unwrap_or_default();
                if let Some(back) = person.straight(&page) {
                    reply
                        .headers
                        .retain(|(name, _)| !name.eq_ignore_ascii_case("location"));
                    let line = ("Location".to_owned(), back.as_str().as_bytes().to_vec());
                    reply.headers.push(line);
                }
                reply
            }));
        }
    }

    fn acts(&self, fired: &[usize], moment: Moment) -> Vec<DoStep> {
        let entries = fired.iter().map(|at| &self.entries[*at]);
        let due = entries.filter(|entry| entry.moment == moment);
        due.flat_map(|entry| entry.acts.iter().cloned()).collect()
    }

    fn later(&self, fired: &[usize], moment: Moment) -> Option<BoxFuture<'static, ()>> {
        let acts = self.acts(fired, moment);
        let script = self.this.upgrade()?;
        (!acts.is_empty())
            .then(|| -> BoxFuture<'static, ()> { Box::pin(async move { script.act(acts).await }) })
    }

    /// On the command here, on the world by its door.
    async fn act(&self, acts: Vec<DoStep>) {
        for act in acts {
            let object = match &act.object {
                crate::scenario::model::Data::Text(template) => template.as_literal(),
                _ => None,
            };
            match (act.verb.value.as_str(), object) {
                ("kill", Some("agent")) => self.lives.kill(false),
                ("restart", Some("agent")) => self.lives.kill(true),
                _ => {
                    if let Err(problem) = act_of_plan(&act, &self.world, &self.scope).await {
                        self.state()
                            .problems
                            .push(format!("`do: {}`: {problem}", act.verb.value));
                    }
                }
            }
        }
    }

    /// Tokens that were issued on the way, by name.
    pub(super) fn obtained(&self) -> Vec<Known> {
        let state = self.state();
        let known = state.obtained.iter().map(|(name, token)| Known {
            name: name.clone(),
            forms: spellings(token.expose()),
        });
        known.collect()
    }

    /// Every output masks what an answer of the token endpoint holds.
    fn learn(&self, exchange: &Exchange) -> Vec<(String, Secret)> {
        let Ok(response) = &exchange.response else {
            return Vec::new();
        };
        let Ok(answer) = serde_json::from_slice::<serde_json::Value>(&response.body) else {
            return Vec::new();
        };
        let names = ["access_token", "refresh_token", "id_token", "client_secret"];
        let found = names.iter().filter_map(|name| {
            let token = answer.get(*name)?.as_str()?;
            self.world.scrubber().learn(name, token);
            Some(((*name).to_owned(), Secret::new(token.to_owned())))
        });
        found.collect()
    }

    /// Everything that came, once the command has ended.
    pub(super) fn transcript(&self) -> Result<Transcript, String> {
        let mut state = self.state();
        if let Some(problem) = state.problems.first() {
            return Err(problem.clone());
        }
        let requests = std::mem::take(&mut state.requests);
        let mut transcript = Transcript {
            beyond: state.beyond,
            ..Transcript::default()
        };
        for record in requests {
            let exchange = record.exchange.unwrap_or_else(|| unfinished(&record.came));
            for at in &record.fired {
                if let Some(id) = &self.entries[*at].id {
                    let single = Arc::new(Heard::moment(exchange.clone()));
                    transcript.fired.entry(id.clone()).or_default().push(single);
                }
            }
            transcript
                .requests
                .push(Heard::of(exchange, record.nature, record.life));
        }
        Ok(transcript)
    }
}

/// What the trap answers to whoever comes: nothing of use.
fn caught() -> Answer {
    Answer {
        status: 404,
        headers: vec![("Content-Type".to_owned(), "text/plain".to_owned())],
        body: "nothing is here\n".into(),
        ..Answer::default()
    }
}

/// A request whose reply was not out when the command ended.
fn unfinished(came: &Came) -> Exchange {
    Exchange {
        request: came.sent.clone(),
        response: Err(WireError::Closed {
            when: "before any answer",
        }),
        timing: Timing {
            start: came.at,
            first_byte: None,
            end: Instant::now(),
        },
        connection: Some(came.connection),
        marks: Vec::new(),
    }
}

/// One relay's ear: the script knows which of them a request came to.
pub(super) struct Ear {
    pub(super) script: Arc<Script>,
    pub(super) trap: bool,
}

impl Director for Ear {
    fn direct<'a>(&'a self, came: &'a Came) -> BoxFuture<'a, Part> {
        Box::pin(async move {
            let fired = self.script.take(came, self.trap);
            self.script.act(self.script.acts(&fired, Moment::Arrival)).await;
            let mut part = self.script.part(came, &fired, self.trap);
            self.script.for_the_suite(came, &mut part);
            part
        })
    }

    fn heard(&self, ticket: u64, exchange: Exchange) {
        let obtained = self.script.learn(&exchange);
        let mut state = self.script.state();
        if state.obtained.len() < MOST_REMEMBERED {
            state.obtained.extend(obtained);
        }
        if let Some(at) = state.index.get(&(self.trap, ticket)).copied()
            && let Some(record) = state.requests.get_mut(at)
        {
            record.exchange = Some(exchange);
        }
    }
}
