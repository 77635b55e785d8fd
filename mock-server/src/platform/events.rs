//! The audit trail: what happened, when, and by which credential.

use std::collections::VecDeque;

use serde::Serialize;

use super::{Caller, Demand, Mode, Platform, Refusal, stamp};

/// How many events are kept; the oldest go first.
const KEPT: usize = 10_000;

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
pub struct AuditEvent {
    /// Opaque id.
    pub event_id: String,
    /// The name, such as `workspace_storage_file_added`.
    pub event: String,
    /// The name's first word: `workspace`, `user`.
    pub category: String,
    /// When.
    pub created: String,
    /// The account that acted.
    pub calling_user: String,
    /// The credential that acted: kind, id, last four characters, agent name without canary.
    pub credential: ActingCredential,
    /// The organisation, where there is one.
    pub org_id: Option<String>,
    /// The workspace, where there is one.
    pub workspace_id: Option<String>,
    /// The node or key it happened to.
    pub object_id: Option<String>,
    /// A line for people, with the object's name.
    pub template: String,
}

/// The credential of an event.
#[derive(Debug, Clone, Serialize)]
pub struct ActingCredential {
    /// `api-key`.
    pub kind: &'static str,
    /// The credential's id.
    pub id: String,
    /// The last four characters of its value.
    pub last4: String,
    /// What it calls itself.
    pub agent_name: String,
}

/// The events of a world, oldest first, at most ten thousand.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Trail {
    events: VecDeque<AuditEvent>,
    /// How many were dropped to make room.
    dropped: u64,
}

/// What an event search looks for. Exactly one of the first two is needed.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Events of this workspace.
    pub workspace_id: Option<String>,
    /// Events of this organisation and those of its workspaces the caller may read.
    pub org_id: Option<String>,
    /// Only this event name.
    pub event: Option<String>,
    /// Only events on this object.
    pub object_id: Option<String>,
    /// Only events of this account.
    pub calling_user_id: Option<String>,
    /// At most so many, 1 to 250; 100 when not said.
    pub limit: Option<usize>,
    /// Leave out so many of the newest.
    pub offset: usize,
}

/// One page of an event search, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct EventPage {
    /// The events.
    pub events: Vec<AuditEvent>,
    /// Whether older ones match too.
    pub has_more: bool,
    /// How many a page holds.
    pub page_size: usize,
}

impl EventFilter {
    /// What a search with this filter asks of its caller.
    ///
    /// # Errors
    /// 406 when none or both of the entities are named.
    pub fn demand(&self) -> Result<Demand, Refusal> {
        match (&self.workspace_id, &self.org_id) {
            (Some(id), None) => Ok(Demand::workspace(id, Mode::R)),
            (None, Some(id)) => Ok(Demand::org(id, Mode::R)),
            (None, None) => Err(Refusal::validation(
                "workspace_id",
                "workspace_id or org_id is required",
            )),
            (Some(_), Some(_)) => Err(Refusal::mixed_filters()),
        }
    }

    fn matches(&self, event: &AuditEvent) -> bool {
        let fits =
            |wanted: &Option<String>, actual: Option<&String>| wanted.is_none() || wanted.as_ref() == actual;
        fits(&self.workspace_id, event.workspace_id.as_ref())
            && fits(&self.org_id, event.org_id.as_ref())
            && fits(&self.event, Some(&event.event))
            && fits(&self.object_id, event.object_id.as_ref())
            && fits(&self.calling_user_id, Some(&event.calling_user))
    }
}

impl Platform {
    /// Events of one entity, newest first, never of a workspace the caller may not read.
    pub fn search_events(&self, caller: &Caller, filter: &EventFilter) -> Result<EventPage, Refusal> {
        self.permit(caller, &filter.demand()?)?;
        let page_size = filter.limit.unwrap_or(100).clamp(1, 250);
        let readable: Vec<&str> = self
            .readable_workspaces(caller)?
            .iter()
            .map(|ws| ws.id.as_str())
            .collect();
        let allowed = |event: &&AuditEvent| {
            event
                .workspace_id
                .as_deref()
                .is_none_or(|id| readable.contains(&id))
                && filter.matches(event)
        };
        let mut found = self.trail.events.iter().rev().filter(allowed).skip(filter.offset);
        let events = found.by_ref().take(page_size).cloned().collect();
        Ok(EventPage {
            events,
            has_more: found.next().is_some(),
            page_size,
        })
    }

    /// What reading one event asks of its caller: the right to read the workspace it happened in.
    pub fn event_demand(&self, caller: &Caller, id: &str) -> Result<Demand, Refusal> {
        let event = self
            .trail
            .events
            .iter()
            .find(|event| event.event_id == id)
            .ok_or_else(Refusal::not_found)?;
        match &event.workspace_id {
            Some(workspace) => Ok(Demand::workspace(workspace, Mode::R)),
            None if event.calling_user == caller.user => Ok(Demand::own()),
            None => Err(Refusal::not_found()),
        }
    }

    /// One event.
    pub fn event_details(&self, caller: &Caller, id: &str) -> Result<AuditEvent, Refusal> {
        self.permit(caller, &self.event_demand(caller, id)?)?;
        self.trail
            .events
            .iter()
            .find(|event| event.event_id == id)
            .cloned()
            .ok_or_else(Refusal::not_found)
    }

    /// Writes an event. `object` is the id of what it happened to.
    pub(super) fn note(
        &mut self,
        caller: &Caller,
        now: i64,
        event: &str,
        workspace: Option<&str>,
        object: Option<&str>,
        line: &str,
    ) {
        let event_id = self.next_id("v");
        let key = self.keys.get(&caller.credential);
        let credential = ActingCredential {
            kind: "api-key",
            id: caller.credential.clone(),
            last4: key.map(|key| key.last4.clone()).unwrap_or_default(),
            agent_name: caller.agent_name.clone(),
        };
        let org_id = workspace
            .and_then(|id| self.workspaces.get(id))
            .map(|workspace| workspace.org.clone());
        let happened = AuditEvent {
            event_id,
            event: event.to_owned(),
            category: event.split('_').next().unwrap_or_default().to_owned(),
            created: stamp(now),
            calling_user: caller.user.clone(),
            credential,
            org_id,
            workspace_id: workspace.map(str::to_owned),
            object_id: object.map(str::to_owned),
            template: line.to_owned(),
        };
        self.webhooks.happened(&happened);
        self.trail.push(happened);
    }
}

impl Trail {
    fn push(&mut self, event: AuditEvent) {
        if self.events.len() == KEPT {
            self.events.pop_front();
            self.dropped += 1;
        }
        self.events.push_back(event);
    }
}
