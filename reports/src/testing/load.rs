//! A record of a load run that looks like a real one: a minute at 400 calls a second, a token revoked, the target
//! restarted, two thresholds missed.

use super::{cases, clean};
use crate::load::figures::figure;
use crate::load::promises::{bounds, what};
use crate::record::{
    Bound, BoundKind as Kind, Check, Comparison as Than, Counts, Distribution, Invariant, Load, LoadEvent,
    Model, Operation, Place, Record, RunKind, Second, Summary, Threshold, Trouble, Unit, Verdict,
};
use hdrhistogram::Histogram;

const WARM: u64 = 5;
const SECONDS: u64 = 65;
const RATE: u64 = 400;
/// The second in which the target is restarted.
const RESTART: u64 = 42;

pub(crate) fn histogram() -> Histogram<u64> {
    let mut histogram = Histogram::new_with_bounds(1, 2, 3).unwrap();
    histogram.auto(true);
    histogram
}

/// A stream of numbers below 65,536, the same each time.
pub(crate) struct Draws(pub(crate) u64);

impl Draws {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 48
    }
}

/// What is added up over the run: of one operation, or of all.
struct Sums {
    name: &'static str,
    weight: u64,
    counts: Counts,
    response: Histogram<u64>,
    service: Histogram<u64>,
    backlog: Histogram<u64>,
    lag: Histogram<u64>,
}

impl Sums {
    fn new(name: &'static str, weight: u64) -> Sums {
        Sums {
            name,
            weight,
            counts: Counts::default(),
            response: histogram(),
            service: histogram(),
            backlog: histogram(),
            lag: histogram(),
        }
    }

    fn call(&mut self, class: &str, [lag, backlog, service]: [u64; 3]) {
        self.counts.note(class, 1);
        self.lag.record(lag).unwrap();
        self.backlog.record(backlog).unwrap();
        if matches!(class, "ok" | "timeout") {
            self.service.record(service).unwrap();
            self.response.record(lag + backlog + service).unwrap();
        }
    }

    fn operation(&self) -> Operation {
        Operation {
            name: clean(self.name),
            weight: self.weight,
            counts: self.counts.clone(),
            response: Distribution::of(&self.response),
            service: Distribution::of(&self.service),
            backlog: Distribution::of(&self.backlog),
            pacer_lag: Distribution::of(&self.lag),
            first_event: None,
        }
    }
}

/// What became of a call, and its pacer lag, backlog and service.
fn call(draws: &mut Draws, second: u64, slower: u64) -> (&'static str, [u64; 3]) {
    let (lag, luck) = (20 + draws.next() / 1_600, draws.next());
    let service = (5_000 + 400 * 65_536 / (luck + 64)) * slower / 100;
    let class = match draws.next() {
        _ if second == RESTART && luck < 30_000 => "reset",
        _ if second == RESTART + 1 && luck < 9_000 => "timeout",
        0..16 => "429",
        16..20 => "5xx",
        _ => "ok",
    };
    let backlog = match second {
        _ if second == RESTART => 900_000 - luck * 8,
        _ if second == RESTART + 1 => luck * 3 + 1,
        _ => 1 + luck / 4_000,
    };
    let service = if class == "timeout" { 2_000_000 } else { service };
    (class, [lag, backlog, service])
}

/// `slower`: times in percent of the usual ones.
pub(crate) fn load(seed: u64, slower: u64) -> Load {
    let mut draws = Draws(seed);
    let mut all = Sums::new("all", 10);
    let mut parts = [
        Sums::new("search", 7),
        Sums::new("read", 2),
        Sums::new("refresh", 1),
    ];
    let mut seconds = Vec::new();
    for at in 0..SECONDS {
        let mut one = Sums::new("second", 0);
        for n in 0..RATE {
            let (class, times) = call(&mut draws, at, slower);
            if at >= WARM {
                let place = [0, 0, 0, 1, 0, 0, 2, 0, 1, 0][usize::try_from(n % 10).unwrap()];
                parts[place].call(class, times);
                all.call(class, times);
                one.call(class, times);
            }
        }
        seconds.push(Second {
            at_ms: at * 1_000,
            length_ms: 1_000,
            offered: RATE,
            counts: one.counts.clone(),
            response: Distribution::of(&one.response),
            pacer_lag: Distribution::of(&one.lag),
            busy: 0.25,
            in_flight: Some(if at == RESTART { 256 } else { 4 }),
        });
    }
    let asked = RATE * (SECONDS - WARM);
    let counts = &all.counts;
    Load {
        profile: "gate".to_owned(),
        title: clean("Release gate"),
        model: Model::Arrivals,
        transport: clean("fast: own HTTP/1.1 over TCP"),
        valid: true,
        asked,
        sent: asked,
        achieved: counts.answered(),
        rate: rounded(counts.of("ok"), SECONDS - WARM),
        started_at: "2026-11-21T14:04:11.250Z".to_owned(),
        length_ms: SECONDS * 1_000,
        warm_up_ms: WARM * 1_000,
        identities: 32,
        connections: 261,
        seed: 7,
        overall: all.operation(),
        operations: parts.iter().map(Sums::operation).collect(),
        connect: Some(few(&[180, 190, 210, 240, 260, 400, 2_100])),
        tls: None,
        revocation: Some(few(&[38_000, 41_000, 44_000, 45_000, 320_000])),
        refresh: Some(few(&[9_000, 9_500, 11_000, 12_000, 14_000, 90_000])),
        refresh_failures: 2,
        seconds,
        events: events(),
        troubles: troubles(),
        thresholds: thresholds(&parts[0].response, &all),
        invariants: invariants(),
        ..Load::default()
    }
}

/// So many per second, with a fraction that every reader of JSON gives back.
fn rounded(n: u64, seconds: u64) -> f64 {
    f64::from(u32::try_from(n / seconds).unwrap()) + 0.5
}

fn few(times: &[u64]) -> Distribution {
    let mut histogram = histogram();
    for time in times {
        histogram.record(*time).unwrap();
    }
    Distribution::of(&histogram)
}

fn events() -> Vec<LoadEvent> {
    [
        (20_000, "revoke load-0003", "done by the mock's door"),
        (42_000, "restart", "done"),
        (
            55_000,
            "set-scopes load-0007",
            "not testable: the target declares no hook for it",
        ),
    ]
    .map(|(at_ms, text, outcome)| LoadEvent {
        at_ms,
        text: clean(text),
        outcome: clean(outcome),
    })
    .into()
}

fn troubles() -> Vec<Trouble> {
    [
        ("429", "HTTP/1.1 429 Too Many Requests, retry-after: 1"),
        ("reset", "connection reset by peer"),
    ]
    .map(|(class, why)| Trouble {
        class: class.to_owned(),
        why: clean(why),
    })
    .into()
}

fn thresholds(search: &Histogram<u64>, all: &Sums) -> Vec<Threshold> {
    let micros =
        |histogram: &Histogram<u64>, q| u32::try_from(histogram.value_at_quantile(q)).unwrap().into();
    // In four digits, which every reader of JSON gives back.
    let share = |n: u64| {
        format!("{:.4}", crate::load::figures::share(n, all.counts.total()))
            .parse()
            .unwrap()
    };
    let (errors, answered) = (all.counts.errors(), all.counts.answered());
    let bound = |comparison, kind, value| {
        vec![Bound {
            comparison,
            kind,
            value,
        }]
    };
    let threshold = |check: &str, metric: &str, of: Option<&str>, unit, bounds, measured| Threshold {
        check: check.to_owned(),
        metric: metric.to_owned(),
        of: of.map(clean),
        unit,
        bounds,
        measured,
        at: Place {
            file: "load/gate.yaml".to_owned(),
            line: 22,
            column: 5,
            text: clean("  - { p99: { lt: 120ms }, of: search }"),
        },
    };
    vec![
        threshold(
            "p99-of-search",
            "p99",
            Some("search"),
            Unit::Time,
            bound(Than::Lt, Kind::Time, 120_000.0),
            Some(micros(search, 0.99)),
        ),
        threshold(
            "errors",
            "errors",
            None,
            Unit::Share,
            bound(Than::Lt, Kind::Share, 0.005),
            Some(share(errors)),
        ),
        threshold(
            "achieved",
            "achieved",
            None,
            Unit::Share,
            bound(Than::Gte, Kind::Share, 0.98),
            Some(share(answered)),
        ),
        threshold(
            "p50-against-the-baseline",
            "p50",
            None,
            Unit::Time,
            bound(Than::Lt, Kind::Baseline, 1.25),
            Some(micros(&all.response, 0.5)),
        ),
        threshold(
            "rate",
            "rate",
            None,
            Unit::Number,
            bound(Than::Gte, Kind::Number, 390.0),
            Some(rounded(all.counts.of("ok"), SECONDS - WARM)),
        ),
    ]
}

fn invariants() -> Vec<Invariant> {
    let invariant = |name: &str, judged, broken, budget| Invariant {
        check: name.to_owned(),
        name: name.to_owned(),
        judged,
        broken,
        budget,
        first: Vec::new(),
    };
    let mut late = invariant("no-401-with-a-live-token", 23_800, 3, 0.001);
    late.first = vec![clean("401 to load-0011, 412 ms after its refresh")];
    vec![invariant("own-tenant-only", 23_800, 0, 0.0), late]
}

/// The checks that a run judges its figures by.
fn checks(load: &Load) -> Vec<Check> {
    let model = super::record().checks.remove(0);
    let check = |id: &str, verdict, message: &str| Check {
        id: id.to_owned(),
        rule: String::new(),
        verdict,
        scenario: "load/gate".to_owned(),
        case: String::new(),
        revision: String::new(),
        title: clean("Release gate"),
        level: String::new(),
        rule_title: crate::record::Clean::default(),
        statement: crate::record::Clean::default(),
        fix: None,
        subject: "server".to_owned(),
        tags: vec!["load".to_owned()],
        at: load.thresholds[0].at.clone(),
        message: clean(message),
        repeat: clean("hallmark load gate --target staging.yaml"),
        duration_us: 60_000_000,
        ..model.clone()
    };
    let kept = [
        Verdict::Failed,
        Verdict::Failed,
        Verdict::Passed,
        Verdict::NotTestable,
        Verdict::Passed,
    ];
    let of_thresholds = load.thresholds.iter().zip(kept).map(|(threshold, verdict)| {
        let found = figure(threshold.unit, threshold.measured.unwrap());
        let message = match verdict {
            Verdict::NotTestable => "no baseline was given".to_owned(),
            _ => format!("{} was {found}, expected {}", what(threshold), bounds(threshold)),
        };
        check(&threshold.check, verdict, &message)
    });
    let mut checks: Vec<Check> = of_thresholds.collect();
    checks.push(check(
        "own-tenant-only",
        Verdict::Passed,
        "held on 23,800 answers",
    ));
    let message = "3 of 23,800 answers, within the budget of 0.1 %";
    checks.push(check("no-401-with-a-live-token", Verdict::Passed, message));
    checks
}

pub(crate) fn load_record() -> Record {
    with(load(7, 100))
}

pub(crate) fn with(load: Load) -> Record {
    let mut record = super::record();
    record.run.kind = RunKind::Load;
    record.run.command = clean("hallmark load gate --target staging.yaml");
    record.run.duration_ms = 66_120;
    record.checks = checks(&load);
    record.cases = cases(&record.checks);
    record.cases[0].requests = load.sent;
    record.cases[0].duration_us = 65_000_000;
    record.summary = Summary::of(&record.checks, &record.cases);
    record.coverage.clear();
    record.notes.clear();
    record.scanned = None;
    record.baseline = None;
    record.load = Some(load);
    record
}

/// The generator was at fault.
pub(crate) fn void() -> Record {
    let mut load = load(7, 100);
    load.valid = false;
    load.invalid_because = vec![
        clean("calls were made late: p99 of the pacer lag was 4.1 ms, more than 10 % of the service time"),
        clean("1,204 calls that were due were not made"),
    ];
    let mut record = with(load);
    let mut valid = record.checks[0].clone();
    valid.id = "valid".to_owned();
    valid.verdict = Verdict::Errored;
    valid.message = clean("nothing can be said of the target: calls were made late");
    record.checks.insert(0, valid);
    record.summary = Summary::of(&record.checks, &record.cases);
    record
}

/// Puts `text` into every text of a load run that a peer, a plan or an error can reach.
pub(crate) fn poisoned_load(text: &str) -> Record {
    let mut record = super::poisoned(text);
    let mut load = load_record();
    load.run.command = clean(text);
    for check in &mut load.checks {
        super::poison_check(check, text);
    }
    load.target = std::mem::take(&mut record.target);
    let Some(measured) = &mut load.load else {
        return load;
    };
    measured.title = clean(text);
    measured.transport = clean(text);
    measured.valid = false;
    measured.invalid_because = vec![clean(text), clean(text)];
    measured.overall.counts.note(text, 9);
    measured.seconds[9].counts.note(text, 9);
    for operation in &mut measured.operations {
        operation.name = clean(text);
    }
    for event in &mut measured.events {
        (event.text, event.outcome) = (clean(text), clean(text));
    }
    for trouble in &mut measured.troubles {
        (trouble.class, trouble.why) = (text.to_owned(), clean(text));
    }
    for threshold in &mut measured.thresholds {
        threshold.of = Some(clean(text));
    }
    for invariant in &mut measured.invariants {
        invariant.name = text.to_owned();
        invariant.first = vec![clean(text)];
    }
    load
}

/// Killed after twenty seconds.
pub(crate) fn killed() -> Record {
    let whole = load_record();
    let mut events = whole.events();
    let head = Load {
        profile: "gate".to_owned(),
        title: clean("Release gate"),
        transport: clean("fast: own HTTP/1.1 over TCP"),
        started_at: "2026-11-21T14:04:11.250Z".to_owned(),
        length_ms: SECONDS * 1_000,
        warm_up_ms: WARM * 1_000,
        seed: 7,
        ..Load::default()
    };
    events.truncate(1);
    events.push(crate::record::Event::Load(Box::new(head)));
    let seconds = whole.load.unwrap().seconds.into_iter().take(20);
    events.extend(seconds.map(crate::record::Event::LoadSecond));
    let mut fold = crate::record::Fold::default();
    for event in events {
        fold.take(event);
    }
    fold.record().unwrap()
}
