//! `hallmark load`.

mod limit;
mod mock;
mod plan;
mod view;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use hallmark_reports::record::{Event, Fold, Record, Verdict};
use tokio::sync::mpsc;

use super::args::{LoadArgs, RunArgs, RunningArgs, SelectArgs, TransportName};
use super::outputs::{EventSink, Output};
use super::subject::{self, NoSubject, Prepared};
use super::{Exit, browse, check, library, outputs, pipeline, report, run, term, unjudged};
use crate::load::engine::Stop;
use crate::load::{self, How, NotBegun};
use crate::run::{Settings, Setup, Subject};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::{Callers, LoadModel, LoadPlan};
use crate::secret::{RunKey, Scrubber};
use crate::target::{Resolved, Target};
use mock::MockProcess;
pub(super) use plan::id_of;
use view::LoadView;

pub(super) async fn load(args: LoadArgs, typed: &str) -> Exit {
    match Box::pin(attempt(args, typed)).await {
        Ok(exit) | Err(exit) => exit,
    }
}

async fn attempt(mut args: LoadArgs, typed: &str) -> Result<Exit, Exit> {
    let asked = as_run(&mut args);
    let color = asked.output.color.on(term::stderr_is_terminal());
    let wanted = outputs::outputs(&asked.output.report, &asked.output.out)?;
    let seed = asked
        .running
        .seed
        .unwrap_or_else(|| rand::random_range(1..1_000_000));
    let scrubber = Scrubber::new(RunKey::random());
    if !asked.output.quiet {
        let headline = scrubber.clean(&subject::headline(&asked));
        term::talk(&format!("hallmark {}: {headline}\n", env!("CARGO_PKG_VERSION")));
    }
    let mut diagnostics = Diagnostics::new();
    let rules = Arc::new(library::catalogue(&mut diagnostics));
    let declared = subject::declared(&asked, color)?;
    let plan = plan::plan(&args, &rules, declared.as_ref(), &mut diagnostics)?;
    check::report(&mut diagnostics, color);
    let Some(plan) = plan.filter(|_| !diagnostics.has_errors()) else {
        return Err(Exit::Invalid);
    };
    let before = args.compare.as_deref().map(before).transpose()?;
    consents(declared.as_ref())?;
    let (prepared, mock) = match Box::pin(ready(&asked, declared, &plan, seed, &scrubber)).await {
        Ok(ready) => ready,
        Err(NoSubject::Exit(exit)) => return Err(exit),
        Err(NoSubject::NoServer {
            target,
            message,
            advice,
        }) => {
            let message = scrubber.clean(&message);
            term::complain_with_help(message.as_str(), advice);
            let record = unjudged::record(&asked, target, message, &scrubber, typed, seed)?;
            let written =
                outputs::write_all(&run::everything(&asked, &wanted), &record, asked.judging.strict);
            return Ok(Exit::Unjudged.and(written));
        }
    };
    let plan = callable(plan, &args, &prepared);
    let callers = callers(&plan, &prepared, mock.as_ref())?;
    let job = Job {
        plan,
        callers,
        args: &args,
        asked: &asked,
        outputs: &wanted,
        before,
        typed,
        seed,
    };
    let done = Box::pin(job.carry_out(prepared, rules, scrubber)).await;
    drop(mock);
    done
}

/// The arguments that a run has too.
fn as_run(args: &mut LoadArgs) -> RunArgs {
    RunArgs {
        what: Vec::new(),
        target: std::mem::take(&mut args.target),
        select: SelectArgs::default(),
        mock: args.mock.clone(),
        wire: std::mem::take(&mut args.wire),
        output: args.output.clone(),
        judging: args.judging.clone(),
        running: RunningArgs {
            seed: args.seed,
            ..RunningArgs::default()
        },
        revision: std::mem::take(&mut args.revision),
        requirements: None,
        allow: std::mem::take(&mut args.allow),
        cmd: Vec::new(),
    }
}

/// What to compare with.
fn before(path: &std::path::Path) -> Result<Record, Exit> {
    let record = report::read(path)?;
    if record.load.is_some() {
        return Ok(record);
    }
    term::complain_with_help(
        &format!("{} is no record of a load run", path.display()),
        "`hallmark load --report record=PATH` writes one",
    );
    Err(Exit::Invalid)
}

/// Nobody is loaded who did not ask for it.
fn consents(target: Option<&Target>) -> Result<(), Exit> {
    let Some(target) = target.filter(|target| !target.owner_consents_to_load) else {
        return Ok(());
    };
    let text = target.mcp.as_literal().map(str::to_owned);
    // Where the URL comes from the environment it is looked at once it is known.
    let Some(url) = text.and_then(|text| url::Url::parse(&text).ok()) else {
        return Ok(());
    };
    consents_to(&url)
}

fn consents_to(url: &url::Url) -> Result<(), Exit> {
    if crate::oauth::metadata::is_loopback(url) {
        return Ok(());
    }
    let host = url.host_str().unwrap_or_default();
    term::complain_with_help(
        &format!("{host} is not this computer, and nothing says that its owner wants load"),
        "`owner-consents-to-load: true` in a target file, if it is yours to say",
    );
    Err(Exit::Invalid)
}

/// The server under load, as it is ready for calls.
async fn ready(
    asked: &RunArgs,
    declared: Option<Target>,
    plan: &LoadPlan,
    seed: u64,
    scrubber: &Scrubber,
) -> Result<(Prepared, Option<MockProcess>), NoSubject> {
    if let Some(target) = declared {
        let consented = target.owner_consents_to_load;
        let prepared = subject::prepare(asked, Some(target), seed, scrubber).await?;
        if let (Subject::Real { target, .. }, false) = (&prepared.subject, consented) {
            consents_to(&target.mcp)?;
        }
        return Ok((prepared, None));
    }
    let many = match &plan.callers {
        Callers::Identities(many) => many.value,
        _ => 0,
    };
    let mock = MockProcess::start(&asked.mock, seed, many).await?;
    let environment = |name: &str| mock.environment.get(name).cloned();
    let mut prepared = subject::given(asked, mock.target.clone(), &environment, scrubber).await?;
    mock.sign_in(&prepared.accounts);
    prepared.record.name = scrubber.clean("the embedded mock");
    prepared.record.url = scrubber.clean("in a process of its own");
    prepared.record.behaviour = Some(asked.mock.behaviour.clone().unwrap_or_else(|| "seed".to_owned()));
    prepared.record.defects.clone_from(&asked.mock.defect);
    prepared.record.variants.clone_from(&asked.mock.variant);
    Ok((prepared, Some(mock)))
}

/// Without a plan and a harmless read, the list of tools is what can be asked of every server.
fn callable(plan: Arc<LoadPlan>, args: &LoadArgs, prepared: &Prepared) -> Arc<LoadPlan> {
    let Subject::Real { target, .. } = &prepared.subject else {
        return plan;
    };
    let own = args.plan.is_some() || args.probe.is_some() || args.tool.is_some();
    if own || target.target.probes.contains_key("read") {
        return plan;
    }
    if !args.output.quiet {
        term::talk("no harmless read is known here: `tools/list` is called; `--tool NAME` calls a tool\n");
    }
    Arc::new(plan::listing(&plan))
}

/// The principals that call.
fn callers(plan: &LoadPlan, prepared: &Prepared, mock: Option<&MockProcess>) -> Result<Vec<String>, Exit> {
    let Subject::Real { target, .. } = &prepared.subject else {
        return Err(Exit::Bug);
    };
    match &plan.callers {
        Callers::Default => Ok(vec![first(target)]),
        Callers::Principals(names) => Ok(names.iter().map(|name| name.value.clone()).collect()),
        Callers::Identities(many) => {
            let many = usize::try_from(many.value).unwrap_or(usize::MAX);
            let own: Vec<String> = match mock {
                Some(mock) => mock.logins.iter().map(|(name, _)| name.clone()).collect(),
                None => with_credentials(target),
            };
            if own.len() < many {
                let have = own.len();
                term::complain_with_help(
                    &format!(
                        "the plan asks for {many} identities, and the target has {have} principals with a credential"
                    ),
                    "each identity is a principal of the target file, with a token, a tenant and a canary of its own",
                );
                return Err(Exit::Invalid);
            }
            Ok(own.into_iter().take(many).collect())
        }
    }
}

fn first(target: &Resolved) -> String {
    target
        .target
        .first_principal()
        .unwrap_or(crate::target::NOBODY)
        .to_owned()
}

fn with_credentials(target: &Resolved) -> Vec<String> {
    let own = target
        .principals
        .iter()
        .filter(|one| one.bearer.is_some() || one.oauth.is_some());
    own.map(|one| one.name.clone()).collect()
}

/// A run that is about to begin.
struct Job<'a> {
    plan: Arc<LoadPlan>,
    callers: Vec<String>,
    args: &'a LoadArgs,
    asked: &'a RunArgs,
    outputs: &'a [Output],
    before: Option<Record>,
    typed: &'a str,
    seed: u64,
}

impl Job<'_> {
    async fn carry_out(
        mut self,
        prepared: Prepared,
        rules: Arc<crate::rules::Catalogue>,
        scrubber: Scrubber,
    ) -> Result<Exit, Exit> {
        let output = &self.asked.output;
        let sink = EventSink::open(&output.out, output.events.as_deref()).map_err(|error| {
            term::complain(&format!("cannot write to {}: {error}", output.out.display()));
            Exit::Invalid
        })?;
        let interrupt = Arc::new(AtomicBool::new(false));
        let setup = self.setup(prepared, rules, scrubber, &interrupt);
        let stdout_is_data = outputs::take_stdout(self.outputs, output.events.as_deref());
        let (sender, receiver) = mpsc::unbounded_channel();
        let watch = tokio::spawn(async move {
            term::ended().await;
            interrupt.store(true, Ordering::Relaxed);
        });
        if self.args.find_limit {
            self.plan = Box::pin(limit::found(&self, &setup)).await?;
        }
        let how = self.how(&setup, Some(self.log()?));
        let view = LoadView::new(output, self.plan.length());
        let running = load::run(Arc::clone(&self.plan), &setup, how, sender);
        let (ended, fold) = tokio::join!(running, consume(receiver, sink, view));
        watch.abort();
        let record = fold.record().map_err(|error| {
            term::complain(&format!("the record is incomplete: {error}"));
            Exit::Bug
        })?;
        Ok(self.conclude(&record, ended, stdout_is_data))
    }

    fn setup(
        &self,
        prepared: Prepared,
        rules: Arc<crate::rules::Catalogue>,
        scrubber: Scrubber,
        interrupt: &Arc<AtomicBool>,
    ) -> Setup {
        let now = jiff::Zoned::now();
        let shard = self.args.shard.map(|(k, n)| format!("{k}/{n}"));
        let settings = Settings {
            seed: self.seed,
            strict: self.asked.judging.strict,
            profile: prepared.profile,
            jobs: 1,
            slow: true,
            fail_fast: false,
            revisions: prepared.revisions,
            run_id: format!("{:08x}", rand::random::<u32>()),
            command: self.typed.to_owned(),
            repeat: self.repeat(),
            repeat_end: String::new(),
            shard,
            started: now.timestamp().to_string(),
            ci: pipeline::pipeline(&scrubber),
            today: now.date(),
            case_timeout: Duration::from_mins(1),
        };
        Setup {
            accounts: prepared.accounts,
            settings,
            subject: prepared.subject,
            rules,
            wire: prepared.wire,
            scrubber,
            target: prepared.record,
            mirrored: Arc::new(prepared.mirrored),
            baseline: None,
            known: Vec::new(),
            interrupt: Arc::clone(interrupt),
        }
    }

    /// The same command with the seed that was drawn.
    fn repeat(&self) -> String {
        if self.asked.running.seed.is_some() {
            self.typed.to_owned()
        } else {
            format!("{} --seed {}", self.typed, self.seed)
        }
    }

    fn log(&self) -> Result<Box<dyn Write + Send>, Exit> {
        let log = self.asked.output.out.join("load.hlog");
        let file = File::create(&log).map_err(|error| {
            term::complain(&format!("cannot write {}: {error}", log.display()));
            Exit::Invalid
        })?;
        Ok(Box::new(BufWriter::new(file)))
    }

    fn how(&self, setup: &Setup, log: Option<Box<dyn Write + Send>>) -> How {
        let full = match self.args.transport {
            TransportName::Full => Some("it was asked for".to_owned()),
            TransportName::Auto => subject::proxied(setup, &self.asked.wire),
        };
        How {
            callers: self.callers.clone(),
            cores: self.args.cores.map_or_else(cores, std::num::NonZeroU32::get),
            shard: self.args.shard.map(|(k, n)| (k as u64, n as u64)),
            start_at: self.args.start_at.map(SystemTime::from),
            full,
            goose_report: matches!(self.plan.model, Some(LoadModel::Users(_)))
                .then(|| self.asked.output.out.join("goose.html")),
            log,
            stop: Stop::default(),
            baseline: self.before.as_ref().and_then(|record| record.load.clone()),
        }
    }

    fn conclude(&self, record: &Record, ended: Result<(), NotBegun>, stdout_is_data: bool) -> Exit {
        if let Err(why) = &ended {
            term::complain_with_help(&why.to_string(), advice(why));
        }
        let written = run::told(
            self.asked,
            self.outputs,
            (record, self.before.as_ref()),
            true,
            stdout_is_data,
        );
        if self.asked.output.open {
            browse::open(&self.asked.output.out.join(outputs::PAGE));
        }
        let mut exit = judged(record).and(written);
        if ended.is_err() {
            exit = exit.and(Exit::Unjudged);
        }
        let interrupted = !record.complete && ended.is_ok();
        if interrupted {
            exit.and(Exit::Interrupted)
        } else {
            exit
        }
    }
}

fn advice(why: &NotBegun) -> &'static str {
    match why {
        NotBegun::Rehearsal(_) | NotBegun::Preflight(_) => {
            "one call has to work before a thousand are made; `hallmark run` shows it in full"
        }
        NotBegun::Schedule(_) => "see `arrivals` of the plan",
        NotBegun::Engine(_) | NotBegun::Other(_) => "nothing was measured",
    }
}

/// Which rule each check of some records is about.
pub(super) fn ruled(records: &[Record]) -> BTreeMap<String, String> {
    let checks = records.iter().flat_map(|record| &record.checks);
    let about = checks.filter(|check| !check.rule.is_empty());
    about
        .map(|check| (check.id.clone(), check.rule.clone()))
        .collect()
}

/// Judges the merged record of several machines as one run.
pub(super) fn judge_again(record: &mut Record, ruled: BTreeMap<String, String>) {
    let mut diagnostics = Diagnostics::new();
    let rules = library::catalogue(&mut diagnostics);
    let scrubber = Scrubber::new(RunKey::random());
    let Some(mut whole) = record.load.take() else {
        return;
    };
    whole.invalid_because = whole
        .shards
        .iter()
        .flat_map(|part| {
            let name = format!("{}/{}", part.index, part.of);
            part.invalid_because
                .iter()
                .map(move |why| format!("shard {name}: {}", why.as_str()))
        })
        .map(|why| scrubber.clean(&why))
        .collect();
    whole.valid = whole.invalid_because.is_empty();
    let about = load::outcome::About {
        plan: None,
        rules: &rules,
        revision: &record.run.revision,
        repeat: record.run.command.as_str(),
        scrubber: &scrubber,
        baseline: None,
        ruled,
    };
    let checks = load::outcome::judge(&mut whole, &about);
    record.checks.extend(checks);
    record.load = Some(whole);
}

/// A missed threshold is told from a broken rule, and both from a run that says nothing.
pub(super) fn judged(record: &Record) -> Exit {
    let thresholds: Vec<&str> = record
        .load
        .iter()
        .flat_map(|load| &load.thresholds)
        .map(|one| one.check.as_str())
        .collect();
    let of = |check: &hallmark_reports::record::Check| match check.verdict {
        Verdict::Failed if thresholds.contains(&check.id.as_str()) => Exit::Threshold,
        Verdict::Failed => Exit::Broke,
        Verdict::Errored | Verdict::NotTestable => Exit::Unjudged,
        _ => Exit::Good,
    };
    record.checks.iter().map(of).fold(Exit::Good, Exit::and)
}

fn cores() -> u32 {
    let all = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
    u32::try_from(all / 2).unwrap_or(1).max(1)
}

/// Events go to the view, the event file and the fold.
async fn consume(
    mut events: mpsc::UnboundedReceiver<Event>,
    mut sink: EventSink,
    mut view: LoadView,
) -> Fold {
    let mut fold = Fold::default();
    while let Some(event) = events.recv().await {
        sink.write(&event);
        view.take(&event);
        fold.take(event);
    }
    view.end();
    fold
}
