//! The record of a target that could not be judged at all.

use hallmark_reports::record::{
    Check, Clean, Event, Fold, Place, Record, Run, RunKind, SCHEMA, Target, Tool, Verdict,
};

use super::args::RunArgs;
use super::{Exit, pipeline};
use crate::secret::Scrubber;

/// The record of a run that ended before its first case: one errored check, so that no report is empty.
pub(super) fn record(
    args: &RunArgs,
    target: Target,
    message: Clean,
    scrubber: &Scrubber,
    typed: &str,
    seed: u64,
) -> Result<Record, Exit> {
    let check = Check {
        id: "judgeable".to_owned(),
        rule: String::new(),
        verdict: Verdict::Errored,
        scenario: "target".to_owned(),
        case: String::new(),
        revision: String::new(),
        title: Scrubber::own_words("The target can be judged"),
        level: String::new(),
        statement: Scrubber::own_words("An MCP server answers at the endpoint and takes the credential."),
        rule_title: Clean::default(),
        fix: None,
        subject: "resource-server".to_owned(),
        sources: Vec::new(),
        tags: Vec::new(),
        expected_failure: None,
        at: Place::default(),
        message,
        findings: Vec::new(),
        exchanges: Vec::new(),
        measures: Vec::new(),
        access: None,
        repeat: scrubber.clean(typed),
        unlock: None,
        duration_us: 0,
    };
    let now = jiff::Zoned::now();
    let mut fold = Fold::default();
    fold.take(Event::RunStarted {
        schema: SCHEMA,
        tool: Tool {
            name: "hallmark".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        run: Run {
            id: format!("{:08x}", rand::random::<u32>()),
            kind: RunKind::Run,
            started: now.timestamp().to_string(),
            duration_ms: 0,
            seed,
            command: scrubber.clean(typed),
            shard: None,
            revision: args.revision.iter().max().cloned().unwrap_or_default(),
            revisions: args.revision.clone(),
            rules_profile: None,
            strict: args.judging.strict,
            ci: pipeline::pipeline(scrubber),
        },
        target,
        planned: Vec::new(),
    });
    fold.take(Event::CheckFinished(check));
    fold.take(Event::RunFinished {
        duration_ms: 0,
        complete: true,
        coverage: Vec::new(),
        baseline: None,
    });
    fold.record().map_err(|_| Exit::Bug)
}
