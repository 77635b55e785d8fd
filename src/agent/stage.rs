//! One case: a world with a relay before it, a trap beside it, folders for the command; the command runs; what is left
//! of it is looked at.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use hallmark_mock::{Behaviour, Defect, Variant, World as Mock, WorldConfig};
use serde_json::{Value as Json, json};

use super::Company;
use super::browser::{Browser, Person};
use super::command::{CommandLine, Contract};
use super::facts::{Facts, give};
use super::lives::{Birth, Life, Lives};
use super::places::Places;
use super::plan::Entry;
use super::remains::{self, Known};
use super::script::{Ear, READ, Script};
use super::tasks::{Asked, conformance};
use crate::expect::{Executed, Value};
use crate::run::{Instance, Staged};
use crate::scenario::model::{AgentStep, AgentWorld, Spanned};
use crate::step::{Authority, Door, Fill, Problem, Scope, Stage, Transcript, World, look_up};
use crate::wire::{Relay, Wire};

/// What a command keeps itself: it is told once.
const LOGIN: &[&str] = &[
    "HALLMARK_ACCESS_TOKEN",
    "HALLMARK_REFRESH_TOKEN",
    "HALLMARK_EXPIRES_IN",
];
/// Left of a case's time when the command must have ended.
const MARGIN: Duration = Duration::from_secs(1);
/// For replies that are just on their way when the command has ended.
const ECHO: Duration = Duration::from_millis(50);

/// Sets a stage for a case.
pub(super) async fn set(company: &Company, instance: &Instance) -> Result<Staged, String> {
    let failed = |error: std::io::Error| format!("no port on 127.0.0.1: {error}");
    let relay = Relay::bind().await.map_err(failed)?;
    let trap = Relay::bind().await.map_err(failed)?;
    let mut config = WorldConfig {
        reached_at: Some(relay.url()),
        ..company.mock.config().clone()
    };
    if let Some(agent) = instance.scenario.agent() {
        shape(&mut config, &agent.world)?;
    }
    let made = company.mock.world_of(config).await?;
    let address = made.world.address().trim_start_matches("http://").to_owned();
    relay.lead_to(
        address
            .parse()
            .map_err(|_| format!("`{address}` is no address"))?,
    );
    let folder = folder().map_err(|error| format!("no folder for the command: {error}"))?;
    Ok(Staged {
        target: made.target.clone(),
        door: made.door.clone(),
        stage: Arc::new(Setup {
            command: company.command.clone(),
            wire: company.wire.clone(),
            limit: company.limit,
            relay,
            trap,
            door: made.door,
            mock: made.world,
            folder,
            known: Mutex::default(),
        }),
    })
}

/// What the file wants of the mock.
fn shape(config: &mut WorldConfig, world: &AgentWorld) -> Result<(), String> {
    let unknown = |what: &str, id: &Spanned<String>| format!("{}: there is no {what} `{}`", id.at, id.value);
    for id in &world.defects {
        let found = Defect::from_id(&id.value).ok_or_else(|| unknown("defect", id))?;
        config.defects.push(found);
    }
    for id in &world.variants {
        let found = Variant::from_id(&id.value).ok_or_else(|| unknown("variant", id))?;
        config.variants.push(found);
    }
    if let Some(id) = &world.behaviour {
        config.behaviour = Behaviour::from_id(&id.value).ok_or_else(|| unknown("behaviour", id))?;
    }
    Ok(())
}

/// The folders of a command. Dropping it removes them.
struct Folder(PathBuf);

impl Folder {
    fn inside(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// One that cannot be removed is the system's to remove: it is a temporary one.
    fn remove(&self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.remove();
    }
}

fn folder() -> std::io::Result<Folder> {
    let name = format!("hallmark-agent-{:016x}", rand::random::<u64>());
    let folder = Folder(std::env::temp_dir().join(name));
    let mut builder = std::fs::DirBuilder::new();
    // From the first moment on: logins will lie in there.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    for inside in ["", "state", "home", "temporary", "bin"] {
        builder.create(folder.inside(inside))?;
    }
    Ok(folder)
}

/// A stage while its case runs.
struct Setup {
    command: Arc<CommandLine>,
    wire: Wire,
    limit: Duration,
    relay: Relay,
    trap: Relay,
    door: Arc<dyn Door>,
    mock: Mock,
    folder: Folder,
    known: Mutex<Option<(Facts, Authority)>>,
}

impl Stage for Setup {
    fn setting<'a>(
        &'a self,
        agent: &'a AgentStep,
        world: &'a Arc<World>,
    ) -> BoxFuture<'a, Result<BTreeMap<String, Value>, Problem>> {
        Box::pin(async move {
            let facts = self.prepare(agent, world).await?;
            Ok(facts.values())
        })
    }

    fn play<'a>(
        &'a self,
        agent: &'a AgentStep,
        world: &'a Arc<World>,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<Transcript, Problem>> {
        Box::pin(self.run(agent, world, scope))
    }
}

/// The end of a play, also of one that is broken off: nobody directs any more, and the folders go. The script holds the
/// world, which holds the stage, so a script that stayed would keep all of it.
struct Curtain<'a>(&'a Setup);

impl Curtain<'_> {
    fn hush(&self) {
        for relay in [&self.0.relay, &self.0.trap] {
            relay.direct_by(None);
        }
    }
}

impl Drop for Curtain<'_> {
    fn drop(&mut self) {
        self.hush();
        self.0.folder.remove();
    }
}

impl Setup {
    async fn prepare(&self, agent: &AgentStep, world: &Arc<World>) -> Result<Facts, Problem> {
        let authority = look_up(&self.wire, world.target()).await?;
        let mut facts = Facts::default();
        facts.set("mcp", world.target().mcp.as_str());
        facts.set("origin", self.relay.url());
        facts.set("trap", self.trap.url());
        let resource = world.target().resource.clone();
        let resource = resource.unwrap_or_else(|| world.target().mcp.to_string());
        facts.set("resource", resource);
        facts.set("issuer", authority.issuer.as_str());
        facts.set("workspace", self.workspace());
        facts.set("state_dir", self.folder.inside("state").display().to_string());
        give(&mut facts, agent, &authority, world).await?;
        facts.teach(world);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((facts.clone(), authority));
        Ok(facts)
    }

    async fn run(&self, agent: &AgentStep, world: &Arc<World>, scope: &Scope) -> Result<Transcript, Problem> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (facts, authority) =
            known.ok_or_else(|| Problem::Unusable("the stage was not prepared".to_owned()))?;
        let fill = Fill::new(world, scope);
        let asked = Asked::of(&agent.task, self.read(), fill)?;
        let entries = agent.world.plan.iter();
        let entries = entries.map(|entry| Entry::of(entry, &self.trap.url(), fill));
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        // A client of the suite is its own browser.
        let own = self.command.contract == Contract::Conformance;
        let person = self.person(agent, fill)?;
        let browser = person.clone().filter(|_| !own).map(|person| self.browser(person));
        let browser = browser.transpose()?;
        let birth = self.birth(&asked, &facts, agent, fill)?;
        let lives = Arc::new(Lives::default());
        let places = Places::of(&authority.members);
        let script = Script::new(
            entries,
            places,
            lives.clone(),
            (world.clone(), scope.clone()),
            person.filter(|_| own),
        );
        let curtain = Curtain(self);
        for (relay, trap) in [(&self.relay, false), (&self.trap, true)] {
            relay.direct_by(Some(Arc::new(Ear {
                script: script.clone(),
                trap,
            })));
        }
        let ended = lives.run(&birth).await;
        tokio::time::sleep(ECHO).await;
        curtain.hush();
        drop(browser);
        let ended =
            ended.map_err(|error| Problem::Failed(format!("cannot start `{}`: {error}", birth.program)))?;
        let mut secrets = facts.secrets();
        secrets.extend(script.obtained());
        let mut transcript = script.transcript().map_err(Problem::Failed)?;
        transcript.lives = self.ends(&ended, &secrets);
        silence(&transcript, agent)?;
        Ok(transcript)
    }

    /// How each life ended; the files are those that are there in the end.
    fn ends(&self, lives: &[Life], known: &[Known]) -> Vec<Arc<crate::expect::Single>> {
        let folders = ["state", "home", "temporary"];
        let files: Vec<Json> = folders
            .iter()
            .flat_map(|called| remains::look(&self.folder.inside(called), called, known))
            .collect();
        let end = |life: &Life| {
            let executed = Executed {
                code: life.code,
                output: life.output.clone(),
                end: life.how,
                files: files.clone(),
            };
            Transcript::end((life.begin, life.end), executed)
        };
        lives.iter().map(end).collect()
    }

    /// The call that is made where a task names none: a harmless read.
    fn read(&self) -> (&'static str, Json) {
        let arguments =
            json!({ "action": "list", "profile_type": "workspace", "profile_id": self.workspace() });
        (READ, arguments)
    }

    /// Id of the workspace in which principals of the target file may read.
    fn workspace(&self) -> &str {
        let places = &self.mock.fixtures().workspaces;
        let own = places
            .iter()
            .find(|one| one.tenant == "acme" && one.name == "finance");
        own.map_or("", |one| one.id.as_str())
    }

    /// Who sits at the browser of the command, if it has one.
    fn person(&self, agent: &AgentStep, fill: Fill<'_>) -> Result<Option<Arc<Person>>, Problem> {
        let start = agent.world.start.as_ref().map(|word| word.value.as_str());
        let decision = agent.world.consent.as_ref().map(|word| word.value.as_str());
        if decision.is_none() && start != Some("client") {
            return Ok(None);
        }
        let name = agent
            .world
            .principal
            .as_ref()
            .map_or("grantee", |name| name.value.as_str());
        let user = Browser::user_of(name, fill.world.target())?;
        let mut callback = Vec::new();
        for (name, data) in &agent.world.callback {
            callback.push((name.value.clone(), fill.data(data)?.text()));
        }
        Ok(Some(Arc::new(Person {
            wire: self.wire.clone(),
            door: self.door.clone(),
            user,
            approves: decision != Some("deny"),
            callback,
        })))
    }

    fn browser(&self, person: Arc<Person>) -> Result<Browser, Problem> {
        Browser::open(&self.folder.inside("bin"), person)
            .map_err(|error| Problem::Failed(format!("no browser for the command: {error}")))
    }

    fn birth(
        &self,
        asked: &Asked,
        facts: &Facts,
        agent: &AgentStep,
        fill: Fill<'_>,
    ) -> Result<Birth, Problem> {
        let contract = self.command.contract;
        if contract == Contract::Conformance {
            spoken(asked, agent)?;
        }
        let mut environment = self.surroundings();
        let browser = self.folder.inside("bin").join("xdg-open");
        if browser.exists() {
            environment.insert("BROWSER".to_owned(), browser.display().to_string());
        }
        environment.extend(asked.environment(contract, facts));
        for (name, data) in &agent.world.env {
            let value = fill.data(data)?;
            match value.text() {
                Some(text) => environment.insert(name.value.clone(), text),
                None => environment.remove(&name.value),
            };
        }
        let mut arguments = self.command.filled(&filled(asked, facts));
        if contract == Contract::Conformance {
            arguments.extend(facts.get("mcp").map(str::to_owned));
        }
        let now = Instant::now();
        let left = fill
            .world
            .deadline()
            .saturating_duration_since(now)
            .saturating_sub(MARGIN);
        Ok(Birth {
            program: self.command.program.clone(),
            arguments,
            environment,
            first_only: LOGIN.iter().map(|name| (*name).to_owned()).collect(),
            lives: agent.world.lives.unwrap_or(1),
            copies: agent.world.copies.unwrap_or(1),
            folder: self.folder.inside("home"),
            limit: self.limit,
            deadline: now + left,
        })
    }

    /// What every command needs to run at all.
    fn surroundings(&self) -> BTreeMap<String, String> {
        let shown = |name: &str| self.folder.inside(name).display().to_string();
        let path = self
            .command
            .path
            .as_deref()
            .unwrap_or("/usr/local/bin:/usr/bin:/bin");
        BTreeMap::from([
            ("PATH".to_owned(), format!("{}:{path}", shown("bin"))),
            ("HOME".to_owned(), shown("home")),
            ("TMPDIR".to_owned(), shown("temporary")),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ])
    }
}

/// The convention of the suite carries no key and no stored login, and knows few tasks.
fn spoken(asked: &Asked, agent: &AgentStep) -> Result<(), Problem> {
    let start = agent
        .world
        .start
        .as_ref()
        .map_or("key", |word| word.value.as_str());
    if start != "client" {
        return Err(Problem::NotSpoken(format!(
            "clients of the conformance suite log in by themselves: they cannot be given `{start}`"
        )));
    }
    if conformance(&asked.name, true).is_none() {
        return Err(Problem::NotSpoken(format!(
            "the conformance suite has no scenario in which its client does `{}`",
            asked.name
        )));
    }
    Ok(())
}

/// What arguments of the command line can name.
fn filled(asked: &Asked, facts: &Facts) -> BTreeMap<String, String> {
    let table = [
        ("mcp.url", "mcp"),
        ("api.key", "key"),
        ("state.dir", "state_dir"),
        ("client.id", "client_id"),
        ("issuer", "issuer"),
        ("token.endpoint", "token_endpoint"),
    ];
    let known = table
        .iter()
        .filter_map(|(name, fact)| Some(((*name).to_owned(), facts.get(fact)?.to_owned())));
    known.chain([("task".to_owned(), asked.name.clone())]).collect()
}

/// A command that was given something and never came has shown nothing.
fn silence(transcript: &Transcript, agent: &AgentStep) -> Result<(), Problem> {
    let start = agent.world.start.as_ref().map(|word| word.value.as_str());
    let waits = agent.task.name.value == "receive-webhook";
    // Given something odd, to send nothing may be right.
    let odd = start == Some("nothing") || !agent.world.env.is_empty();
    if !transcript.requests.is_empty() || odd || waits {
        return Ok(());
    }
    let last = transcript.lives.last().and_then(|life| life.executed.as_ref());
    let how = last.map_or_else(String::new, |executed| match executed.code {
        Some(code) => format!("it ended with {code}"),
        None => format!("its end: {}", executed.end),
    });
    let said = last.map(|executed| executed.output.trim()).unwrap_or_default();
    let said: String = said
        .lines()
        .last()
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect();
    Err(Problem::NotExercised(format!(
        "the command sent no request at all; {how}{}{said}",
        if said.is_empty() {
            ""
        } else {
            ", and its last line was: "
        }
    )))
}
