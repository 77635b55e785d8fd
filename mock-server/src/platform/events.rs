//! The audit trail: what happened, when, and by which credential. Names of things stand in one field of an event, as
//! data; nothing of a request but its ids is kept beside them.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::{Caller, Demand, Mode, Platform, Refusal, Target, Workspace, stamp};

/// How many events are kept; the oldest go first.
const KEPT: usize = 10_000;
const DAY: i64 = 86_400;
/// What the writer's queue holds while the defect `audit-queue-drop` is on.
const QUEUE: usize = 40;
/// How many of a kind are all kept while the defect `audit-sampled` is on.
const SAMPLED_AFTER: usize = 20;

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
pub struct AuditEvent {
    /// Opaque id.
    pub event_id: String,
    /// The name, such as `workspace_storage_file_added`.
    pub event: String,
    /// The name's first word: `workspace`, `user`.
    pub category: String,
    /// What kind of thing it is.
    pub sub_category: Deed,
    /// Whether it was done.
    pub outcome: Outcome,
    /// When, in Unix seconds.
    #[serde(skip)]
    at: i64,
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
    /// What a search showed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub found_ids: Vec<String>,
    /// A line for people, with the object's name.
    pub template: String,
}

/// What kind of thing an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Deed {
    /// Something was looked at.
    Read,
    /// Something was looked for, and found or not.
    Search,
    /// Something was made or changed.
    Write,
    /// Something was put away or ended.
    Delete,
    /// A credential was made, changed, rotated or ended.
    Credential,
    /// Who may do what was changed.
    Member,
    /// Somebody tried to sign in.
    Login,
}

/// How what an event tells of came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused for want of a right.
    Denied,
}

/// The credential of an event.
#[derive(Debug, Clone, Serialize)]
pub struct ActingCredential {
    /// `api-key`, or `oauth` for a grant.
    pub kind: &'static str,
    /// The credential's id.
    pub id: String,
    /// The last four characters of its value, where it has one.
    pub last4: String,
    /// What it calls itself; of a grant, the client.
    pub agent_name: String,
}

/// The events of a world, oldest first, at most ten thousand.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Trail {
    events: VecDeque<AuditEvent>,
    /// How many were dropped to make room.
    dropped: u64,
    /// How many were ever offered.
    #[serde(skip)]
    offered: u64,
    /// How many came since the trail was last read; only the defect `audit-queue-drop` minds.
    #[serde(skip)]
    unread: usize,
    /// What is told to whoever follows, with what defects leave out of the trail, and how much of it is gone.
    #[serde(skip)]
    told: VecDeque<AuditEvent>,
    #[serde(skip)]
    untold: u64,
}

/// What an event is about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct About<'a> {
    pub(super) org: Option<&'a str>,
    pub(super) workspace: Option<&'a str>,
    pub(super) object: Option<&'a str>,
    pub(super) found: &'a [String],
    /// Nobody subscribes to it: a mere access, a failed login.
    pub(super) quiet: bool,
}

/// What an event search looks for. Exactly one of the first three is needed.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Events of this workspace.
    pub workspace_id: Option<String>,
    /// Events of this organisation and those of its workspaces the caller may read.
    pub org_id: Option<String>,
    /// Events of this account, which must be the caller's own.
    pub user_id: Option<String>,
    /// Only what this credential did.
    pub credential_id: Option<String>,
    /// Only this event name.
    pub event: Option<String>,
    /// Only events on this object, searches that showed it included.
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
    /// 406 when none or several of the entities are named.
    pub fn demand(&self) -> Result<Demand, Refusal> {
        match (&self.workspace_id, &self.org_id, &self.user_id) {
            (Some(id), None, None) => Ok(Demand::workspace(id, Mode::R)),
            (None, Some(id), None) => Ok(Demand::org(id, Mode::R)),
            (None, None, Some(_)) => Ok(Demand::account(Mode::R)),
            (None, None, None) => Err(Refusal::validation(
                "workspace_id",
                "workspace_id, org_id or user_id is required",
            )),
            _ => Err(Refusal::mixed_filters()),
        }
    }

    fn matches(&self, event: &AuditEvent) -> bool {
        let fits =
            |wanted: &Option<String>, actual: Option<&String>| wanted.is_none() || wanted.as_ref() == actual;
        let shown = |id: &String| event.object_id.as_ref() == Some(id) || event.found_ids.contains(id);
        fits(&self.workspace_id, event.workspace_id.as_ref())
            && fits(&self.org_id, event.org_id.as_ref())
            && fits(&self.user_id, Some(&event.calling_user))
            && fits(&self.credential_id, Some(&event.credential.id))
            && fits(&self.event, Some(&event.event))
            && self.object_id.as_ref().is_none_or(shown)
            && fits(&self.calling_user_id, Some(&event.calling_user))
    }
}

impl Platform {
    /// Events of one entity, newest first, never of a workspace the caller may not read.
    pub fn search_events(
        &mut self,
        caller: &Caller,
        now: i64,
        filter: &EventFilter,
    ) -> Result<EventPage, Refusal> {
        let switches = self.switches.audit;
        self.trail.unread = 0;
        if !switches.no_tenant {
            self.permit(caller, &filter.demand()?)?;
        }
        if filter.user_id.as_ref().is_some_and(|user| *user != caller.user) {
            return Err(Refusal::not_found());
        }
        let page_size = filter.limit.unwrap_or(100).clamp(1, 250);
        let readable: Vec<&str> = self
            .readable_workspaces(caller)?
            .iter()
            .map(|ws| ws.id.as_str())
            .collect();
        let may_see = |event: &AuditEvent| {
            let place = event.workspace_id.as_deref();
            filter.user_id.is_some() || switches.no_tenant || place.is_none_or(|id| readable.contains(&id))
        };
        let there = |event: &AuditEvent| !switches.daily || event.at + DAY <= now;
        let allowed = |event: &&AuditEvent| there(event) && may_see(event) && filter.matches(event);
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

    /// Takes an event out of the trail: what no caller can do on a healthy platform.
    pub fn erase_event(&mut self, id: &str) -> bool {
        let before = self.trail.events.len();
        self.trail.events.retain(|event| event.event_id != id);
        self.trail.events.len() < before
    }

    /// How many events there ever were: tells whether an operation left one.
    pub fn events_so_far(&self) -> u64 {
        self.trail.offered
    }

    /// Writes down an access that left no event of its own, or that was refused. `call` names it, such as
    /// `storage list`; `node` is what it was about.
    pub fn note_access(
        &mut self,
        caller: &Caller,
        now: i64,
        call: &str,
        (target, node): (&Target, Option<&str>),
        (deed, outcome): (Deed, Outcome),
    ) {
        let of_place = |place: &Workspace| (place.org.clone(), Some(place.id.clone()));
        let named = match target {
            Target::Workspace(id) => self.workspaces.get(id).map(of_place),
            Target::Share(id) => {
                let share = self.shares.get(id);
                let place = share.and_then(|share| self.workspaces.get(&share.workspace));
                place.map(of_place)
            }
            Target::Org(id) => self.orgs.get(id).map(|org| (org.id.clone(), None)),
            Target::Own | Target::Account => None,
        };
        // An attempt on what must not be known to exist is in the trail of whoever made it, and in no other.
        let named = named.filter(|(org, _)| self.acquainted(&caller.user, org));
        let (org, workspace) = named.map_or((None, None), |(org, place)| (Some(org), place));
        let about = About {
            org: org.as_deref(),
            workspace: workspace.as_deref(),
            object: node.filter(|_| org.is_some()),
            found: &[],
            quiet: true,
        };
        let event = call.replace([' ', '-'], "_");
        self.record(caller, now, (&event, deed, outcome), about, call);
    }

    /// Writes down that a search, or an answer, showed these nodes of these workspaces: an event for each workspace.
    pub fn note_found<'a>(
        &mut self,
        caller: &Caller,
        now: i64,
        event: &str,
        hits: impl Iterator<Item = (&'a str, &'a str)>,
    ) {
        let mut by_place: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (workspace, node) in hits {
            by_place.entry(workspace).or_default().push(node.to_owned());
        }
        for (workspace, found) in by_place {
            let org = self.workspaces.get(workspace).map(|place| place.org.clone());
            let about = About {
                org: org.as_deref(),
                workspace: Some(workspace),
                object: None,
                found: &found,
                quiet: true,
            };
            let what = (event, Deed::Search, Outcome::Done);
            self.record(caller, now, what, about, "search");
        }
    }

    /// Writes down that a credential was shown that does not, or no longer, work. `shown` is what came in the header;
    /// only the defect `audit-raw-header` keeps it.
    pub fn note_failed_login(&mut self, caller: &Caller, now: i64, shown: &str) {
        let line = if self.switches.audit.raw_header {
            format!("login failed: {shown}")
        } else {
            "login failed".to_owned()
        };
        let what = ("user_login_failed", Deed::Login, Outcome::Denied);
        let about = About {
            quiet: true,
            ..About::default()
        };
        self.record(caller, now, what, about, &line);
    }

    /// Writes an event of a workspace, or of the account. `object` is the id of what it happened to.
    pub(super) fn note(
        &mut self,
        caller: &Caller,
        now: i64,
        event: &str,
        workspace: Option<&str>,
        object: Option<&str>,
        line: &str,
    ) {
        let org = workspace
            .and_then(|id| self.workspaces.get(id))
            .map(|workspace| workspace.org.clone());
        let about = About {
            org: org.as_deref(),
            workspace,
            object,
            found: &[],
            quiet: false,
        };
        self.record(caller, now, (event, deed_of(event), Outcome::Done), about, line);
    }

    /// Writes an event of an organisation.
    pub(super) fn note_org(
        &mut self,
        caller: &Caller,
        now: i64,
        event: &str,
        org: &str,
        object: Option<&str>,
        line: &str,
    ) {
        let about = About {
            org: Some(org),
            object,
            ..About::default()
        };
        self.record(caller, now, (event, deed_of(event), Outcome::Done), about, line);
    }

    fn record(
        &mut self,
        caller: &Caller,
        now: i64,
        (event, deed, outcome): (&str, Deed, Outcome),
        about: About<'_>,
        line: &str,
    ) {
        let event_id = self.next_id("v");
        self.trail.offered += 1;
        self.trail.unread += 1;
        let happened = AuditEvent {
            event_id,
            event: event.to_owned(),
            category: event.split('_').next().unwrap_or_default().to_owned(),
            sub_category: deed,
            outcome,
            at: now,
            created: stamp(now),
            calling_user: caller.user.clone(),
            credential: self.acting(caller),
            org_id: about.org.map(str::to_owned),
            workspace_id: about.workspace.map(str::to_owned),
            object_id: about.object.map(str::to_owned),
            found_ids: about.found.to_vec(),
            template: line.to_owned(),
        };
        if !about.quiet {
            self.webhooks.happened(&happened);
            self.trail.tell(&happened);
        }
        if !self.is_left_out(caller, (deed, outcome)) {
            self.trail.push(happened);
        }
    }

    fn acting(&self, caller: &Caller) -> ActingCredential {
        let switches = self.switches.audit;
        let key = self.keys.get(&caller.credential);
        let mut acting = ActingCredential {
            kind: if key.is_some() { "api-key" } else { "oauth" },
            id: caller.credential.clone(),
            last4: key.map(|key| key.last4.clone()).unwrap_or_default(),
            agent_name: caller.agent_name.clone(),
        };
        if switches.user_only {
            acting.id = String::new();
            acting.last4 = String::new();
        }
        if switches.actor_lost && key.is_none() {
            acting.agent_name = String::new();
        }
        acting
    }

    /// What defects leave out of the trail.
    fn is_left_out(&self, caller: &Caller, (deed, outcome): (Deed, Outcome)) -> bool {
        let switches = self.switches.audit;
        let changes = !matches!(deed, Deed::Read | Deed::Search | Deed::Login) && outcome == Outcome::Done;
        let sampled = || {
            let same = |event: &&AuditEvent| event.calling_user == caller.user && event.sub_category == deed;
            let so_far = self.trail.events.iter().filter(same).count();
            so_far >= SAMPLED_AFTER && !self.trail.offered.is_multiple_of(10)
        };
        (switches.writes_only && !changes)
            || (switches.no_lifecycle && deed == Deed::Credential)
            || (switches.queue_drop && self.trail.unread > QUEUE)
            || (switches.sampled && sampled())
    }
}

/// What kind of thing a named event is.
fn deed_of(event: &str) -> Deed {
    match event {
        _ if event.starts_with("user_api_key") => Deed::Credential,
        "membership_updated" | "org_transfer_completed" => Deed::Member,
        _ if event.ends_with("_read") => Deed::Read,
        _ if event.ends_with("_deleted") || event.ends_with("_purged") => Deed::Delete,
        _ => Deed::Write,
    }
}

impl Trail {
    /// How many events were dropped to make room.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many events there were so far: the position behind the newest one.
    pub fn position(&self) -> u64 {
        self.untold + self.told.len() as u64
    }

    /// The position of the oldest event that is kept.
    pub fn oldest(&self) -> u64 {
        self.untold
    }

    /// The events from a position on, each with its own, oldest first.
    pub fn since(&self, position: u64) -> impl Iterator<Item = (u64, &AuditEvent)> {
        let gone = usize::try_from(position.saturating_sub(self.untold)).unwrap_or(usize::MAX);
        (self.untold..).zip(&self.told).skip(gone)
    }

    fn tell(&mut self, event: &AuditEvent) {
        if self.told.len() == KEPT {
            self.told.pop_front();
            self.untold += 1;
        }
        self.told.push_back(event.clone());
    }

    fn push(&mut self, event: AuditEvent) {
        if self.events.len() == KEPT {
            self.events.pop_front();
            self.dropped += 1;
        }
        self.events.push_back(event);
    }
}
