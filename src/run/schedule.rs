//! Runs the planned cases side by side and tells what happens as events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hallmark_reports::record::{
    BaselineResult, CaseRef, Check, Event, Run, RunKind, SCHEMA, Scanned, Tool, Verdict,
};
use serde_json::Value as Json;
use tokio::sync::{Mutex, mpsc::UnboundedSender};
use tokio::task::JoinSet;

use super::baseline;
use super::case::{self, CaseResult, inapplicable};
use super::coverage::coverage;
use super::observe::Observers;
use super::plan::{Instance, Plan};
use super::setup::Setup;
use super::silence::Silence;
use super::subject::Subject;
use super::turns::Turns;
use crate::expect::{Canaries, ENCODINGS};
use crate::rules::{Catalogue, Profile};
use crate::scenario::model::Scenario;
use crate::secret::Scrubber;
use crate::step::{Accounts, Door, World, WorldParts};
use crate::target::Resolved;

/// How often an interruption is looked for.
const HEARTBEAT: Duration = Duration::from_millis(100);

/// What all cases share.
pub(super) struct Context {
    pub rules: Arc<Catalogue>,
    pub strict: bool,
    pub profile: Option<Profile>,
    pub slow: bool,
    pub started: Instant,
    /// Scenarios that look at every answer of the run.
    pub observers: Observers,
    pub(super) repeat: String,
    pub(super) repeat_end: String,
}

impl Context {
    pub(super) fn repeat(&self, what: &str) -> String {
        format!("{} --only '{what}'{}", self.repeat, self.repeat_end)
    }
}

/// What a run came to.
pub struct Finished {
    /// Every check, in the order of the plan.
    pub checks: Vec<Check>,
    /// Ended before all cases had run.
    pub cut_short: bool,
    /// The baseline's result, if there was one.
    pub baseline: Option<BaselineResult>,
}

/// Runs a plan. Every event goes to `events` as it happens; the receiver folds them into the record.
pub async fn run(plan: Plan, setup: Setup, events: UnboundedSender<Event>) -> Finished {
    let started = Instant::now();
    let setup = Arc::new(setup);
    let settings = &setup.settings;
    let _ = events.send(opening(&plan, &setup));
    let context = Arc::new(Context {
        rules: setup.rules.clone(),
        strict: settings.strict,
        profile: settings.profile,
        slow: settings.slow,
        started,
        observers: Observers::of(&plan),
        repeat: settings.repeat.clone(),
        repeat_end: settings.repeat_end.clone(),
    });
    let interrupt = setup.interrupt.clone();
    let runner = Arc::new(Runner {
        setup: setup.clone(),
        context,
        events: events.clone(),
        turns: Turns::default(),
        silence: Silence::default(),
        canaries: Mutex::default(),
        accounts: setup.accounts.clone(),
    });
    let total = plan.instances.len();
    let mut done: BTreeMap<usize, Vec<Check>> = BTreeMap::new();
    let (observing, acting): (Vec<_>, Vec<_>) = plan
        .instances
        .into_iter()
        .enumerate()
        .partition(|(_, instance)| instance.scenario.observes());
    // Who observes speaks when all the others have been heard.
    for (instances, jobs) in [(acting, settings.jobs.max(1)), (observing, 1)] {
        let mut waiting = instances.into_iter();
        let mut stop = false;
        let mut running = JoinSet::new();
        while !interrupt.load(Ordering::Relaxed) {
            while running.len() < jobs && !stop {
                let Some((index, instance)) = waiting.next() else {
                    break;
                };
                running.spawn(runner.clone().case(index, instance));
            }
            let Ok(next) = tokio::time::timeout(HEARTBEAT, running.join_next()).await else {
                continue;
            };
            let Some(ended) = next else { break };
            // A panic inside a case is a bug of the harness and ends the program as one.
            let (index, checks) = ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
            stop |= settings.fail_fast && checks.iter().any(fails);
            done.insert(index, checks);
        }
        if stop {
            break;
        }
    }
    let cut_short = done.len() < total;
    let mut checks: Vec<Check> = done.into_values().flatten().collect();
    let baseline = setup.baseline.as_ref().map(|baseline| {
        baseline::apply(
            baseline,
            &mut checks,
            &setup.known,
            settings.today,
            &setup.scrubber,
        )
    });
    let _ = events.send(Event::RunFinished {
        duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        complete: !cut_short,
        coverage: coverage(&setup.rules, &checks),
        baseline: baseline.clone(),
    });
    Finished {
        checks,
        cut_short,
        baseline,
    }
}

fn opening(plan: &Plan, setup: &Setup) -> Event {
    let kind = match setup.subject {
        Subject::Agent(_) => RunKind::Agent,
        Subject::Mock(_) | Subject::Real { .. } => RunKind::Run,
    };
    let planned = plan.instances.iter().map(|instance| CaseRef {
        scenario: instance.scenario.id.clone(),
        case: instance.row.id.clone(),
        revision: instance.revision_name().to_owned(),
        title: Scrubber::own_words(&instance.scenario.title.value),
    });
    started(kind, planned.collect(), setup)
}

/// The first event of a run of that kind.
pub fn started(kind: RunKind, planned: Vec<CaseRef>, setup: &Setup) -> Event {
    let settings = &setup.settings;
    Event::RunStarted {
        schema: SCHEMA,
        tool: Tool {
            name: "hallmark".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        run: Run {
            id: settings.run_id.clone(),
            kind,
            started: settings.started.clone(),
            duration_ms: 0,
            seed: settings.seed,
            command: setup.scrubber.clean(&settings.command),
            shard: settings.shard.clone(),
            revision: settings
                .revisions
                .last()
                .map_or_else(String::new, ToString::to_string),
            revisions: settings.revisions.iter().map(ToString::to_string).collect(),
            rules_profile: settings
                .profile
                .as_ref()
                .map(|profile| profile.as_str().to_owned()),
            strict: settings.strict,
            ci: settings.ci.clone(),
        },
        target: setup.target.clone(),
        planned,
    }
}

/// A failure that no baseline expects.
fn fails(check: &Check) -> bool {
    matches!(check.verdict, Verdict::Failed | Verdict::Errored) && check.expected_failure.is_none()
}

struct Runner {
    setup: Arc<Setup>,
    context: Arc<Context>,
    events: UnboundedSender<Event>,
    turns: Turns,
    silence: Silence,
    /// Those of the last world; all worlds of a run have the same.
    canaries: Mutex<Option<Arc<Canaries>>>,
    /// Tokens of principals on a server that all cases share.
    accounts: Arc<Accounts>,
}

impl Runner {
    async fn case(self: Arc<Self>, index: usize, instance: Instance) -> (usize, Vec<Check>) {
        let events = &self.events;
        let exclusive = instance
            .scenario
            .exclusive
            .as_ref()
            .map(|name| name.value.as_str());
        let shared = matches!(self.setup.subject, Subject::Real { .. });
        let _turn = self.turns.take(exclusive, shared).await;
        let (scenario, case) = (instance.scenario.id.clone(), instance.row.id.clone());
        let revision = instance.revision_name().to_owned();
        let title = Scrubber::own_words(&instance.scenario.title.value);
        let _ = events.send(Event::CaseStarted {
            scenario: scenario.clone(),
            case: case.clone(),
            revision: revision.clone(),
            title,
        });
        let mut result = self.result(instance).await;
        if let Some(baseline) = &self.setup.baseline {
            baseline::mark(baseline, &mut result.checks);
        }
        for check in &result.checks {
            let _ = events.send(Event::CheckFinished(check.clone()));
        }
        if let Some(scanned) = scanned(&result) {
            let _ = events.send(Event::Scanned(scanned));
        }
        let _ = events.send(Event::CaseFinished {
            scenario,
            case,
            revision,
            verdict: Verdict::worst(result.checks.iter().map(|check| check.verdict)),
            duration_us: u64::try_from(result.duration.as_micros()).unwrap_or(u64::MAX),
            requests: result.requests,
        });
        (index, result.checks)
    }

    async fn canaries(&self, target: &Resolved) -> Arc<Canaries> {
        let (by_principal, ids) = target.canaries();
        let mut last = self.canaries.lock().await;
        match &*last {
            Some(canaries) if canaries.are(&by_principal, &ids) => canaries.clone(),
            _ => last.insert(Arc::new(Canaries::new(by_principal, ids))).clone(),
        }
    }

    /// Why a server that all cases share can be asked nothing more.
    async fn silent(&self) -> Option<String> {
        match &self.setup.subject {
            Subject::Real { target, .. } if !target.target.is_receiver_alone() => {
                self.silence.why(&self.setup.wire, &target.mcp).await
            }
            _ => None,
        }
    }

    async fn result(&self, instance: Instance) -> CaseResult {
        let setup = &*self.setup;
        let none = |checks| CaseResult {
            checks,
            requests: 0,
            scanned: (0, 0, 0),
            duration: Duration::ZERO,
        };
        let errored = |instance: &Instance, why: &str| {
            let scrubber = setup.scrubber.child();
            none(case::without_running(
                instance,
                &self.context,
                &scrubber,
                Verdict::Errored,
                why,
                None,
            ))
        };
        let declared = setup.subject.declared();
        if let Some((why, unlock)) =
            inapplicable(&instance, &self.context, declared, setup.subject.has_clock())
        {
            return none(case::without_running(
                &instance,
                &self.context,
                &setup.scrubber.child(),
                Verdict::Skipped,
                &why,
                unlock.as_deref(),
            ));
        }
        if instance.scenario.observes() {
            let scrubber = setup.scrubber.child();
            return none(self.context.observers.checks(&instance, &self.context, &scrubber));
        }
        if let Some(why) = self.silent().await {
            return errored(&instance, &why);
        }
        let deadline = Instant::now()
            + instance
                .scenario
                .timeout
                .or(declared.timeouts.case)
                .unwrap_or(setup.settings.case_timeout);
        let parts = async |target: Arc<Resolved>, door: Option<Arc<dyn Door>>, stage| WorldParts {
            stage,
            params: params(&instance.scenario, &setup.rules, &target),
            canaries: self.canaries(&target).await,
            target,
            wire: setup.wire.clone(),
            scrubber: setup.scrubber.child(),
            accounts: match &setup.subject {
                Subject::Mock(_) | Subject::Agent(_) => Arc::default(),
                Subject::Real { .. } => self.accounts.clone(),
            },
            door,
            revision: instance.revision,
            mirrored: setup.mirrored.clone(),
            seed: setup.settings.seed,
            run_id: setup.settings.run_id.clone(),
            case: instance.name(),
            deadline,
        };
        match &setup.subject {
            Subject::Real { target, door } => {
                let world = Arc::new(World::new(parts(target.clone(), door.clone(), None).await));
                let result = case::run(instance, self.context.clone(), world, true).await;
                self.silence.heard(result.requests, result.scanned.0).await;
                result
            }
            Subject::Agent(stages) => match stages.stage(&instance).await {
                Ok(made) => {
                    teach(&setup.scrubber, &made.target);
                    let parts = parts(made.target, Some(made.door), Some(made.stage)).await;
                    let world = Arc::new(World::new(parts));
                    CaseResult {
                        // Answers to our own requests: they say nothing of the command.
                        scanned: (0, 0, 0),
                        ..case::run(instance, self.context.clone(), world, false).await
                    }
                }
                Err(why) => errored(&instance, &why),
            },
            Subject::Mock(mock) => match mock.world().await {
                Ok(made) => {
                    teach(&setup.scrubber, &made.target);
                    let parts = parts(made.target.clone(), Some(made.door.clone()), None).await;
                    let world = Arc::new(World::new(parts));
                    case::run(instance, self.context.clone(), world, false).await
                }
                Err(why) => errored(&instance, &why),
            },
        }
    }
}

/// What every case would learn anew is learned once, by the scrubber they all descend from.
fn teach(scrubber: &Scrubber, target: &Resolved) {
    for principal in &target.principals {
        if let Some(token) = &principal.bearer {
            scrubber.learn(&principal.name, token.expose());
        }
    }
}

/// How much of a case's answers was searched; nothing where there was nothing to search for.
fn scanned(result: &CaseResult) -> Option<Scanned> {
    let (calls, bytes, canaries) = result.scanned;
    (canaries > 0).then(|| {
        let mut encodings: Vec<String> = ENCODINGS.iter().map(|&name| name.to_owned()).collect();
        encodings.sort();
        Scanned {
            calls,
            bytes,
            canaries: u32::try_from(canaries).unwrap_or(u32::MAX),
            encodings,
        }
    })
}

/// Parameters of the rules a scenario judges: the rule's defaults, overruled by the target file.
pub(super) fn params(scenario: &Scenario, rules: &Catalogue, target: &Resolved) -> BTreeMap<String, Json> {
    let mut params = BTreeMap::new();
    let named: BTreeSet<&str> = scenario.rules.iter().map(|rule| rule.value.as_str()).collect();
    for rule in named.into_iter().filter_map(|name| rules.get(name)) {
        for (name, default) in &rule.params {
            let names = std::iter::once(rule.id.as_str()).chain(rule.aliases.iter().map(String::as_str));
            let value = target.param(names, name).unwrap_or(default);
            params.insert(name.clone(), value.clone());
        }
    }
    params
}
