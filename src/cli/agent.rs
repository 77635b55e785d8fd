//! `hallmark agent`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::args::{AgentArgs, ContractName, MockSwitches, RunArgs, TargetArgs, TextOrJson, WireArgs};
use super::subject::{self, Prepared};
use super::{Exit, check, choose, library, outputs, run, term};
use crate::agent::{CommandLine, Company, Contract};
use crate::run::{Plan, Subject};
use crate::scenario::diagnostic::Diagnostics;
use crate::secret::{RunKey, Scrubber};

/// What stands for the command where only its cases are listed.
const NO_COMMAND: &str = "CMD";

pub(super) async fn agent(args: AgentArgs, typed: &str) -> Exit {
    match Box::pin(attempt(args, typed)).await {
        Ok(exit) | Err(exit) => exit,
    }
}

async fn attempt(args: AgentArgs, typed: &str) -> Result<Exit, Exit> {
    let (list, format) = (args.list, args.format);
    let limit = Duration::from_secs(args.timeout);
    let contract = match args.contract {
        ContractName::Environment => Contract::Environment,
        ContractName::Conformance => Contract::Conformance,
    };
    let args = as_run(args);
    let color = args.output.color.on(term::stderr_is_terminal());
    let outputs = outputs::outputs(&args.output.report, &args.output.out)?;
    let seed = args
        .running
        .seed
        .unwrap_or_else(|| rand::random_range(1..1_000_000));
    let scrubber = Scrubber::new(RunKey::random());
    let command = command(&args, contract)?;
    let shown = args.cmd.join(" ");
    if !args.output.quiet && !list {
        let headline = scrubber.clean(&shown);
        term::talk(&format!("hallmark {}: {headline}\n", env!("CARGO_PKG_VERSION")));
    }
    let mut diagnostics = Diagnostics::new();
    let rules = Arc::new(library::catalogue(&mut diagnostics));
    let (scenarios, selection) = choose::chosen(&args, &rules, None, &mut diagnostics)?;
    let baseline = choose::baseline(args.judging.baseline.as_deref(), &mut diagnostics)?;
    check::report(&mut diagnostics, color);
    if diagnostics.has_errors() {
        return Err(Exit::Invalid);
    }
    let profile = subject::profile(&args)?;
    let mut prepared = subject::embedded(&args, seed, &[], profile, &scrubber).await?;
    prepared.record.name = scrubber.clean(&shown);
    prepared.record.url = scrubber.clean("a command");
    let prepared = on_stage(prepared, command, limit);
    let (plan, known) = run::planned(
        &scenarios,
        &prepared,
        &selection,
        &rules,
        seed,
        args.select.shuffle,
    )
    .await?;
    if list {
        term::out(&listed(&plan, format));
        return Ok(Exit::Good);
    }
    run::carry_out(
        plan,
        &args,
        &outputs,
        prepared,
        (rules, scrubber, baseline, known),
        None,
        (typed, seed),
    )
    .await
}

/// The program must be there before a case needs it.
fn command(args: &RunArgs, contract: Contract) -> Result<CommandLine, Exit> {
    let path = std::env::var("PATH").ok();
    let (program, arguments) = args.cmd.split_first().ok_or(Exit::Usage)?;
    let command = CommandLine {
        program: found(program, path.as_deref()),
        arguments: arguments.to_vec(),
        contract,
        path,
    };
    if let Some(name) = command.unknown() {
        term::complain_with_help(
            &format!("`${{{name}}}` in the command names nothing"),
            "mcp.url, api.key, state.dir, task, client.id, issuer, token.endpoint",
        );
        return Err(Exit::Usage);
    }
    let there = std::path::Path::new(&command.program).is_file();
    if !there && args.cmd != [NO_COMMAND] {
        term::complain_with_help(
            &format!("there is no program `{program}`"),
            "the command comes after `--`: `hallmark agent -- python3 my_client.py`",
        );
        return Err(Exit::Usage);
    }
    Ok(command)
}

/// A program by its path from here: the command runs in another folder.
fn found(program: &str, path: Option<&str>) -> String {
    let named = std::path::Path::new(program);
    if named.components().count() > 1 {
        let absolute = std::path::absolute(named);
        return absolute.map_or_else(|_| program.to_owned(), |path| path.display().to_string());
    }
    let folders = path.into_iter().flat_map(std::env::split_paths);
    let candidates = folders.map(|folder| folder.join(program));
    candidates
        .into_iter()
        .find(|path| path.is_file())
        .map_or_else(|| program.to_owned(), |path| path.display().to_string())
}

/// The embedded mock, with a command in it.
fn on_stage(mut prepared: Prepared, command: CommandLine, limit: Duration) -> Prepared {
    prepared.subject = match prepared.subject {
        Subject::Mock(mock) => {
            let company = Company::new(command, *mock, prepared.wire.clone(), limit);
            Subject::Agent(Arc::new(company))
        }
        other => other,
    };
    prepared
}

/// The arguments that a run has too.
fn as_run(args: AgentArgs) -> RunArgs {
    let cmd = if args.cmd.is_empty() {
        vec![NO_COMMAND.to_owned()]
    } else {
        args.cmd
    };
    RunArgs {
        what: args.what,
        target: TargetArgs::default(),
        select: args.select,
        mock: MockSwitches::default(),
        wire: WireArgs::default(),
        output: args.output,
        judging: args.judging,
        running: args.running,
        revision: Vec::new(),
        requirements: None,
        allow: Vec::new(),
        cmd,
    }
}

/// Cases with the tasks that they ask of the command.
fn listed(plan: &Plan, format: TextOrJson) -> String {
    let rows = plan.instances.iter().filter_map(|instance| {
        let task = &instance.scenario.agent()?.task.name.value;
        Some((instance, task))
    });
    match format {
        TextOrJson::Text => rows.fold(String::new(), |mut text, (instance, task)| {
            let _ = writeln!(
                text,
                "{:<18} {:<44} {}",
                task,
                instance.name(),
                instance.scenario.title.value
            );
            text
        }),
        TextOrJson::Json => {
            let rows = rows.map(|(instance, task)| {
                json!({
                    "case": instance.name(),
                    "task": task,
                    "title": instance.scenario.title.value,
                    "rules": instance.scenario.rules.iter().map(|rule| &rule.value).collect::<Vec<_>>(),
                })
            });
            let list = serde_json::Value::Array(rows.collect());
            serde_json::to_string_pretty(&list).unwrap_or_default() + "\n"
        }
    }
}
