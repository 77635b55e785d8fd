//! `--find-limit`: the highest rate that keeps the thresholds, by doubling and then halving the distance.

use std::sync::Arc;
use std::time::Duration;

use hallmark_reports::record::{Fold, Record, Verdict};
use tokio::sync::mpsc;

use super::Job;
use crate::cli::{Exit, term};
use crate::load;
use crate::run::Setup;
use crate::scenario::model::{ArrivalPhase, LoadModel, LoadPlan};

/// How long each rate is tried, at most.
const STAGE: Duration = Duration::from_secs(10);

/// How often the distance is halved.
const HALVINGS: u32 = 4;

/// Where doubling ends.
const MOST: f64 = 1_000_000.0;

/// What a rate came to.
enum Tried {
    Held,
    /// What was missed.
    Missed(String),
    /// The generator came to its own limit first.
    Generator(String),
}

/// The plan at the highest rate that keeps its thresholds.
pub(super) async fn found(job: &Job<'_>, setup: &Setup) -> Result<Arc<LoadPlan>, Exit> {
    let Some(begin) = job.plan.peak().filter(|_| !job.plan.thresholds.is_empty()) else {
        term::complain_with_help(
            "--find-limit looks for the highest rate of arrivals that keeps the thresholds",
            "`--rate 100/s --threshold 'p99 < 50ms' --find-limit`",
        );
        return Err(Exit::Usage);
    };
    let (mut held, mut missed) = (None, None);
    let mut rate = begin;
    while missed.is_none() && rate <= MOST {
        match Box::pin(tried(job, setup, rate)).await? {
            Tried::Held => held = Some(rate),
            Tried::Missed(_) | Tried::Generator(_) => missed = Some(rate),
        }
        rate *= 2.0;
    }
    let (mut low, mut high) = (held.unwrap_or(0.0), missed.unwrap_or(MOST));
    for _ in 0..HALVINGS {
        // Whole calls a second are exact enough.
        let middle = f64::midpoint(low, high).round();
        if middle <= low || middle >= high || middle < 1.0 {
            break;
        }
        match Box::pin(tried(job, setup, middle)).await? {
            Tried::Held => low = middle,
            Tried::Missed(_) | Tried::Generator(_) => high = middle,
        }
    }
    if low < 1.0 {
        term::complain("no rate from 1/s on keeps the thresholds");
        return Err(Exit::Threshold);
    }
    if !job.asked.output.quiet {
        term::talk(&format!(
            "limit: {low}/s keeps the thresholds, {high}/s does not; once more at {low}/s\n"
        ));
    }
    Ok(at(&job.plan, low, job.plan.length()))
}

/// One stage at that rate.
async fn tried(job: &Job<'_>, setup: &Setup, rate: f64) -> Result<Tried, Exit> {
    let plan = at(&job.plan, rate, job.plan.length().min(STAGE));
    let how = job.how(setup, None);
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let folding = async {
        let mut fold = Fold::default();
        while let Some(event) = receiver.recv().await {
            fold.take(event);
        }
        fold
    };
    let (ended, fold) = tokio::join!(load::run(plan, setup, how, sender), folding);
    if let Err(why) = ended {
        term::complain(&why.to_string());
        return Err(Exit::Unjudged);
    }
    if setup.interrupt.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(Exit::Interrupted);
    }
    let record = fold.record().map_err(|_| Exit::Bug)?;
    let tried = judged(&record);
    if !job.asked.output.quiet {
        let words = match &tried {
            Tried::Held => "held".to_owned(),
            Tried::Missed(what) => what.clone(),
            Tried::Generator(why) => format!("this machine is the limit: {why}"),
        };
        term::talk(&format!("{rate}/s: {words}\n"));
    }
    Ok(tried)
}

fn judged(record: &Record) -> Tried {
    let broken = |verdict| matches!(verdict, Verdict::Failed | Verdict::Errored | Verdict::NotTestable);
    let valid = record.load.as_ref().is_some_and(|load| load.valid);
    if !valid {
        let why = record
            .load
            .iter()
            .flat_map(|load| &load.invalid_because)
            .map(|why| why.as_str().to_owned());
        return Tried::Generator(why.collect::<Vec<_>>().join("; "));
    }
    match record.checks.iter().find(|check| broken(check.verdict)) {
        None => Tried::Held,
        Some(check) => Tried::Missed(check.message.as_str().to_owned()),
    }
}

/// The plan at one rate throughout, with nothing happening meanwhile.
fn at(plan: &LoadPlan, rate: f64, length: Duration) -> Arc<LoadPlan> {
    let mut plan = plan.clone();
    let poisson = matches!(plan.model, Some(LoadModel::Arrivals { poisson: true, .. }));
    let phases = vec![ArrivalPhase {
        ramps: false,
        rate,
        length,
    }];
    plan.model = Some(LoadModel::Arrivals { phases, poisson });
    plan.warm_up = plan.warm_up.min(length / 4);
    plan.during.retain(|event| event.at.value < length);
    Arc::new(plan)
}
