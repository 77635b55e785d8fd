//! What both Rust servers share: the callers of this run, and the notes they work on. No MCP in it.

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use serde_json::json;
use uuid::Uuid;

pub const READ: &str = "mcp:read";
pub const WRITE: &str = "mcp:write";

/// Who calls, and until when.
#[derive(Debug, Clone)]
pub struct Caller {
    pub client: String,
    pub scopes: Vec<String>,
    pub until: SystemTime,
}

impl Caller {
    /// `name`: the variable that holds it.
    fn new(name: &str, scopes: &[&str], until: SystemTime) -> Self {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        Self { client: given(name), scopes, until }
    }

    /// The first part of its name.
    fn team(&self) -> &str {
        self.client.split('-').next().unwrap_or_default()
    }

    fn may_write(&self) -> Result<(), String> {
        if self.scopes.iter().any(|scope| scope == WRITE) {
            Ok(())
        } else {
            Err(format!("insufficient_scope: {WRITE}"))
        }
    }
}

/// The callers by the tokens in the environment.
pub fn callers() -> HashMap<String, Caller> {
    let in_an_hour = SystemTime::now() + Duration::from_secs(3600);
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let callers = [
        ("READER_TOKEN", Caller::new("READER_NAME", &[READ], in_an_hour)),
        ("WRITER_TOKEN", Caller::new("WRITER_NAME", &[READ, WRITE], in_an_hour)),
        ("OUTSIDER_TOKEN", Caller::new("OUTSIDER_NAME", &[READ, WRITE], in_an_hour)),
        ("EXPIRED_TOKEN", Caller::new("READER_NAME", &[READ], long_ago)),
    ];
    callers.into_iter().filter_map(|(name, caller)| Some((env::var(name).ok()?, caller))).collect()
}

type ByTeam = BTreeMap<String, BTreeMap<String, String>>;

/// The notes of each team.
pub struct Notes(Mutex<ByTeam>);

impl Notes {
    /// One note for each team, with its canary.
    pub fn of_this_run() -> Self {
        let first = |team: &str, day: &str| {
            let name = team.to_uppercase();
            let text = format!("the {team} team meets on {day} {}", given(&format!("{name}_CANARY")));
            (team.to_owned(), BTreeMap::from([(given(&format!("{name}_NOTE")), text)]))
        };
        Self(Mutex::new(ByTeam::from([first("red", "Monday"), first("blue", "Friday")])))
    }

    /// Those that hold the text, as JSON.
    pub fn holding(&self, caller: &Caller, text: &str) -> String {
        self.own(caller, |own| {
            let found = own.iter().filter(|(_, held)| held.contains(text));
            json!(found.map(|(id, held)| json!({ "id": id, "text": held })).collect::<Vec<_>>()).to_string()
        })
    }

    pub fn read(&self, caller: &Caller, note: &str) -> Result<String, String> {
        self.own(caller, |own| own.get(note).cloned().ok_or_else(|| "no such note".to_owned()))
    }

    pub fn add(&self, caller: &Caller, text: String) -> Result<String, String> {
        caller.may_write()?;
        let id = Uuid::new_v4().to_string();
        self.own(caller, |own| own.insert(id.clone(), text));
        Ok(json!({ "id": id }).to_string())
    }

    pub fn remove(&self, caller: &Caller, note: &str) -> Result<String, String> {
        caller.may_write()?;
        self.own(caller, |own| own.remove(note).map(|_| "removed".to_owned()).ok_or_else(|| "no such note".to_owned()))
    }

    fn own<T>(&self, caller: &Caller, then: impl FnOnce(&mut BTreeMap<String, String>) -> T) -> T {
        let mut notes = self.0.lock().expect("no tool panics while it holds the notes");
        then(notes.entry(caller.team().to_owned()).or_default())
    }
}

fn given(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
