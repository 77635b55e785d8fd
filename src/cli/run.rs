//! `hallmark run`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hallmark_reports::Format;
use hallmark_reports::record::{Event, Fold, Note, NoteKind, Record};
use tokio::sync::mpsc;

use super::Exit;
use super::args::RunArgs;
use super::console::Console;
use super::outputs::{EventSink, Output};
use super::subject::{self, NoSubject, Prepared};
use super::summary::{Summary, View};
use super::{browse, check, choose, library, outputs, pipeline, requirements, term, unjudged};
use crate::rules::{Catalogue, Requirements};
use crate::run::{self, Instance, Known, Plan, Selection, Settings, Setup, Subject};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::Scenario;
use crate::secret::{RunKey, Scrubber};
use crate::target::baseline::Baseline;

/// Budget of one case where nothing else is said.
const CASE: Duration = Duration::from_mins(1);

pub(super) async fn run(args: RunArgs, typed: &str) -> Exit {
    match Box::pin(attempt(args, typed)).await {
        Ok(exit) | Err(exit) => exit,
    }
}

async fn attempt(mut args: RunArgs, typed: &str) -> Result<Exit, Exit> {
    let color = args.output.color.on(term::stderr_is_terminal());
    let outputs = outputs::outputs(&args.output.report, &args.output.out)?;
    let seed = args
        .running
        .seed
        .unwrap_or_else(|| rand::random_range(1..1_000_000));
    let scrubber = Scrubber::new(RunKey::random());
    if !args.output.quiet {
        // At once: what follows may wait for a server.
        let headline = scrubber.clean(&subject::headline(&args));
        term::talk(&format!("hallmark {}: {headline}\n", env!("CARGO_PKG_VERSION")));
    }
    let mut diagnostics = Diagnostics::new();
    let set = requirements::asked(&mut args, &mut diagnostics)?;
    let rules = Arc::new(library::catalogue(&mut diagnostics));
    let target = subject::declared(&args, color)?;
    let (scenarios, mut selection) = choose::chosen(&args, &rules, target.as_ref(), &mut diagnostics)?;
    selection.rules = set.as_ref().map(|set| set.rules.iter().cloned().collect());
    let baseline = choose::baseline(args.judging.baseline.as_deref(), &mut diagnostics)?;
    check::report(&mut diagnostics, color);
    if diagnostics.has_errors() {
        return Err(Exit::Invalid);
    }
    let prepared = match subject::prepare(&args, target, seed, &scrubber).await {
        Ok(prepared) => prepared,
        Err(NoSubject::Exit(exit)) => return Err(exit),
        Err(NoSubject::NoServer {
            target,
            message,
            advice,
        }) => {
            let message = scrubber.clean(&message);
            term::complain_with_help(message.as_str(), advice);
            let record = unjudged::record(&args, target, message, &scrubber, typed, seed)?;
            let written = outputs::write_all(&everything(&args, &outputs), &record, args.judging.strict);
            if args.output.open {
                browse::open(&args.output.out.join(outputs::PAGE));
            }
            return Ok(Exit::Unjudged.and(written));
        }
    };
    let (plan, known) = planned(
        &scenarios,
        &prepared,
        &selection,
        &rules,
        seed,
        args.select.shuffle,
    )
    .await?;
    let logins = prepared.logins.clone();
    let done = carry_out(
        plan,
        &args,
        &outputs,
        prepared,
        (rules, scrubber, baseline, known),
        set,
        (typed, seed),
    )
    .await;
    if let Some(logins) = logins {
        logins.settle().await;
    }
    done
}

/// From a plan to the exit code: runs it, writes what was asked for, and says how it went.
pub(super) async fn carry_out(
    plan: Plan,
    args: &RunArgs,
    outputs: &[Output],
    prepared: Prepared,
    knowledge: Knowledge,
    set: Option<Requirements>,
    typed: (&str, u64),
) -> Result<Exit, Exit> {
    let (.., known) = &knowledge;
    choose::remark_on_failed(args, prepared.record.name.as_str(), known)?;
    let sink = EventSink::open(&args.output.out, args.output.events.as_deref()).map_err(|error| {
        term::complain(&format!("cannot write to {}: {error}", args.output.out.display()));
        Exit::Invalid
    })?;
    let stdout_is_data = outputs::take_stdout(outputs, args.output.events.as_deref());
    let console = Console::new(&args.output, stdout_is_data, &prepared, &plan, typed.1);
    let selected = !plan.instances.is_empty();
    let record = judge(plan, args, prepared, knowledge, (console, sink, set), typed).await?;
    Ok(conclude(args, outputs, &record, selected, stdout_is_data))
}

pub(super) type Knowledge = (Arc<Catalogue>, Scrubber, Option<Baseline>, Vec<Known>);

/// Runs the plan; events go to the console, the event file and the fold.
async fn judge(
    plan: Plan,
    args: &RunArgs,
    prepared: Prepared,
    (rules, scrubber, baseline, known): Knowledge,
    (mut console, mut sink, set): (Console, EventSink, Option<Requirements>),
    (typed, seed): (&str, u64),
) -> Result<Record, Exit> {
    let now = jiff::Zoned::now();
    let settings = Settings {
        seed,
        strict: args.judging.strict,
        profile: prepared.profile,
        jobs: args
            .running
            .jobs
            .map_or_else(|| jobs(&prepared.subject), NonZeroUsize::get),
        slow: args.running.slow,
        fail_fast: args.running.fail_fast,
        revisions: prepared.revisions,
        run_id: format!("{:08x}", rand::random::<u32>()),
        command: typed.to_owned(),
        repeat: choose::repeat(args, seed),
        repeat_end: choose::repeat_end(args),
        shard: args.select.shard.map(|(k, n)| format!("{k}/{n}")),
        started: now.timestamp().to_string(),
        ci: pipeline::pipeline(&scrubber),
        today: now.date(),
        case_timeout: CASE,
    };
    let interrupt = Arc::new(AtomicBool::new(false));
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let notes: Vec<Event> = prepared
        .untested
        .iter()
        .map(|(what, unlock)| {
            Event::Note(Note {
                kind: NoteKind::Untested,
                text: scrubber.clean(what),
                unlock: Some(scrubber.clean(unlock)),
            })
        })
        .collect();
    let (catalogue, masks) = (rules.clone(), scrubber.clone());
    let setup = Setup {
        accounts: prepared.accounts,
        settings,
        subject: prepared.subject,
        rules,
        wire: prepared.wire,
        scrubber,
        target: prepared.record,
        mirrored: Arc::new(prepared.mirrored),
        baseline,
        known,
        interrupt: interrupt.clone(),
    };
    let watch = tokio::spawn(async move {
        term::ended().await;
        interrupt.store(true, Ordering::Relaxed);
    });
    let consume = async {
        let mut fold = Fold::default();
        let mut notes = Some(notes);
        while let Some(event) = receiver.recv().await {
            let started = matches!(event, Event::RunStarted { .. });
            let extra = if started {
                notes.take().unwrap_or_default()
            } else {
                Vec::new()
            };
            // Only at the end: a record is as large as the run.
            let of_the_set = match (&set, &event) {
                (Some(set), Event::RunFinished { .. }) => fold.record().map_or_else(
                    |_| Vec::new(),
                    |record| requirements::notes(set, &record.checks, &catalogue, &masks),
                ),
                _ => Vec::new(),
            };
            for event in of_the_set.into_iter().chain([event]).chain(extra) {
                sink.write(&event);
                console.take(&event);
                fold.take(event);
            }
        }
        console.end();
        fold
    };
    let (_, fold) = tokio::join!(run::run(plan, setup, sender), consume);
    watch.abort();
    fold.record().map_err(|error| {
        term::complain(&format!("the record is incomplete: {error}"));
        Exit::Bug
    })
}

/// The standard reports and the wanted ones.
pub(super) fn everything(args: &RunArgs, outputs: &[Output]) -> Vec<Output> {
    let standard = |format, name: &str| Output {
        format,
        path: Some(args.output.out.join(name)),
    };
    let mut all = vec![
        standard(Format::Json, "record.json"),
        standard(Format::Junit, "TEST-hallmark.xml"),
        standard(Format::Markdown, "report.md"),
        standard(Format::Html, ""),
    ];
    all.extend(outputs.iter().cloned());
    all
}

/// Writes all reports and says on the console what came of the run.
pub(super) fn told(
    args: &RunArgs,
    outputs: &[Output],
    (record, before): (&Record, Option<&Record>),
    selected: bool,
    stdout_is_data: bool,
) -> Exit {
    let out = &args.output.out;
    let written = outputs::write_beside(&everything(args, outputs), record, before, args.judging.strict);
    let terminal = if stdout_is_data {
        term::stderr_is_terminal()
    } else {
        term::stdout_is_terminal()
    };
    let view = View {
        color: args.output.color.on(terminal),
        width: term::width(),
        verbose: args.output.verbose,
        quiet: args.output.quiet,
    };
    let mut text = if selected {
        hallmark_reports::load_text(record) + &Summary { record, view }.text()
    } else {
        String::new()
    };
    if !args.output.quiet && selected {
        let _ = writeln!(
            text,
            "report: {}   record: {}",
            out.join(outputs::PAGE).display(),
            out.join("record.json").display()
        );
    }
    if stdout_is_data {
        term::talk(&text);
    } else {
        term::out(&text);
    }
    written
}

fn conclude(
    args: &RunArgs,
    outputs: &[Output],
    record: &Record,
    selected: bool,
    stdout_is_data: bool,
) -> Exit {
    let written = told(args, outputs, (record, None), selected, stdout_is_data);
    if args.output.open {
        browse::open(&args.output.out.join(outputs::PAGE));
    }
    let mut exit = Exit::of(
        &record.checks,
        record.baseline.as_ref(),
        args.judging.require_coverage,
    )
    .and(written);
    if !selected {
        let help = if args.select.failed.is_some() {
            "nothing in that record failed; without `--failed` everything runs"
        } else {
            "planned rules have no scenario yet: `hallmark rules --live` lists those that do"
        };
        term::complain_with_help("nothing was selected", help);
        exit = exit.and(Exit::Nothing);
    }
    let interrupted = !record.complete && selected && !args.running.fail_fast;
    if interrupted {
        exit.and(Exit::Interrupted)
    } else {
        exit
    }
}

pub(super) async fn planned(
    scenarios: &[Arc<Scenario>],
    prepared: &Prepared,
    selection: &Selection,
    rules: &Catalogue,
    seed: u64,
    shuffle: bool,
) -> Result<(Plan, Vec<Known>), Exit> {
    let whole = run::plan_for(scenarios, &prepared.revisions, &prepared.subject)
        .await
        .map_err(|why| {
            term::complain(&why);
            Exit::Unjudged
        })?;
    let selection = Selection {
        shuffle: shuffle.then_some(seed),
        ..selection.clone()
    };
    let known = whole.known();
    let plan = selection.apply(whole, rules).map_err(|problem| {
        let help = if problem.meant.is_empty() {
            "`hallmark rules` lists rules; folders and scenario ids work too".to_owned()
        } else {
            format!("did you mean {}?", problem.meant.join(" or "))
        };
        term::complain_with_help(&problem.to_string(), &help);
        Exit::Usage
    })?;
    Ok((plan, known))
}

/// A mock world is cheap; a real server is treated gently.
fn jobs(subject: &Subject) -> usize {
    match subject {
        Subject::Mock(_) => 16,
        // Most of them wait most of the time.
        Subject::Agent(_) => 2 * std::thread::available_parallelism().map_or(4, NonZeroUsize::get),
        Subject::Real { target, .. } => target.target.concurrency.unwrap_or(4),
    }
}

/// Names of the cases of a plan, for the console.
pub(super) fn count_scenarios(instances: &[Instance]) -> usize {
    instances
        .iter()
        .map(|instance| instance.scenario.id.as_str())
        .collect::<BTreeSet<_>>()
        .len()
}
