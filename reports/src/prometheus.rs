//! A load run as Prometheus reads it (text exposition format 0.0.4): for a scrape while it runs, and for a file that a
//! node exporter or a push gateway hands on afterwards.
//!
//! Times are seconds, as Prometheus wants them. 401, 403, 429 and 5xx are there also when none occurred, so that a
//! rule about them never finds nothing. Names begin with `hallmark_load_`; example rules are in `ci/prometheus`.

use crate::load::figures::{fraction, share};
use crate::load::{Trust, check};
use crate::record::{CLASSES, Counts, Distribution, Load, Operation, Record, Verdict};
use crate::text::{one_line, visible};
use std::fmt::Write as _;

/// Upper ends of the buckets, in microseconds.
const ENDS: [u64; 16] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000, 30_000_000, 60_000_000,
];

/// Those that are there even when none occurred.
const ALWAYS: [&str; 5] = ["ok", "401", "403", "429", "5xx"];

pub(crate) fn render(record: &Record) -> String {
    let Some(load) = &record.load else {
        return "# This record holds no load run.\n".to_owned();
    };
    let mut page = Page {
        out: String::new(),
        profile: load.profile.clone(),
    };
    about(&mut page, record, load);
    calls(&mut page, load);
    times(&mut page, load);
    tokens(&mut page, load);
    now(&mut page, load);
    promises(&mut page, record, load);
    page.out
}

struct Page {
    out: String,
    profile: String,
}

impl Page {
    fn metric(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.out, "# HELP hallmark_load_{name} {help}");
        let _ = writeln!(self.out, "# TYPE hallmark_load_{name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let profile = [("profile", self.profile.as_str())];
        let labels: Vec<String> = profile
            .iter()
            .chain(labels)
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        let _ = writeln!(self.out, "hallmark_load_{name}{{{}}} {value}", labels.join(","));
    }

    /// One metric with one value.
    fn single(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.metric(name, kind, help);
        self.sample(name, &[], value);
    }

    /// Buckets, sum and count. Without the histogram of the record only those of all values.
    fn buckets(&mut self, name: &str, labels: &[(&str, &str)], distribution: &Distribution) {
        let bucket = format!("{name}_bucket");
        if let Ok(histogram) = distribution.histogram() {
            for end in ENDS {
                let end_label = seconds(fraction(end)).to_string();
                let labels: Vec<_> = labels
                    .iter()
                    .copied()
                    .chain([("le", end_label.as_str())])
                    .collect();
                self.sample(&bucket, &labels, histogram.count_between(0, end));
            }
        }
        let labels_of_all: Vec<_> = labels.iter().copied().chain([("le", "+Inf")]).collect();
        self.sample(&bucket, &labels_of_all, distribution.count);
        let sum = seconds(distribution.mean * fraction(distribution.count));
        self.sample(&format!("{name}_sum"), labels, sum);
        self.sample(&format!("{name}_count"), labels, distribution.count);
    }
}

/// Backslash, quote and line feed are escaped by the format; what would be swallowed is made visible.
fn escaped(value: &str) -> String {
    let value = visible(&one_line(value, 200));
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// Microseconds in seconds, without the noise of a binary fraction.
fn seconds(us: f64) -> f64 {
    (us.round() / 1_000_000.0 * 1e6).round() / 1e6
}

fn about(page: &mut Page, record: &Record, load: &Load) {
    page.metric("info", "gauge", "The run: always 1.");
    page.sample(
        "info",
        &[
            ("run", &record.run.id),
            ("target", record.target.name.as_str()),
            ("model", load.model.as_str()),
            ("transport", load.transport.as_str()),
            ("version", &record.tool.version),
        ],
        1,
    );
    let valid = match Trust::of(record, load) {
        Trust::Valid => Some(1),
        Trust::Void => Some(0),
        Trust::Open => None,
    };
    if let Some(valid) = valid {
        page.single(
            "valid",
            "gauge",
            "1 when the generator kept up, 0 when the figures say nothing of the target.",
            valid,
        );
    }
}

fn calls(page: &mut Page, load: &Load) {
    page.metric(
        "calls_total",
        "counter",
        "Calls of the measured part by what became of them.",
    );
    for operation in of_each(load) {
        for class in classes(&operation.counts) {
            let n = operation.counts.of(class);
            page.sample(
                "calls_total",
                &[("operation", name(operation)), ("class", class)],
                n,
            );
        }
    }
    let totals = [
        ("asked_total", "Calls that were due.", load.asked),
        ("sent_total", "Calls written to the wire.", load.sent),
        (
            "achieved_total",
            "Calls answered, as asked or with a refusal.",
            load.achieved,
        ),
        (
            "dropped_total",
            "Calls that were due and never sent.",
            load.dropped,
        ),
        ("connections_total", "Connections opened.", load.connections),
    ];
    for (name, help, n) in totals {
        page.single(name, "counter", help, n);
    }
}

/// The name of an operation; what is known of a run that was cut short is of all of them, under no name.
fn name(operation: &Operation) -> &str {
    if operation.name.is_empty() {
        "all"
    } else {
        operation.name.as_str()
    }
}

/// The operations of the plan; where a run was cut short, all of them together.
fn of_each(load: &Load) -> Vec<&Operation> {
    if load.operations.is_empty() {
        vec![&load.overall]
    } else {
        load.operations.iter().collect()
    }
}

fn classes(counts: &Counts) -> Vec<&str> {
    let known = CLASSES
        .into_iter()
        .filter(|class| ALWAYS.contains(class) || counts.of(class) > 0);
    let other = counts
        .each()
        .map(|(class, _)| class)
        .filter(|class| !CLASSES.contains(class));
    known.chain(other).collect()
}

fn times(page: &mut Page, load: &Load) {
    page.metric(
        "response_seconds",
        "histogram",
        "From the moment a call was due to the last byte of its answer.",
    );
    for operation in of_each(load) {
        page.buckets(
            "response_seconds",
            &[("operation", name(operation))],
            &operation.response,
        );
    }
    page.metric(
        "time_seconds",
        "gauge",
        "Quantiles of the parts of a call's time over the whole run.",
    );
    for operation in of_each(load) {
        let parts = [
            ("response", &operation.response),
            ("service", &operation.service),
            ("backlog", &operation.backlog),
            ("pacer_lag", &operation.pacer_lag),
        ];
        for (part, distribution) in parts
            .into_iter()
            .filter(|(_, distribution)| distribution.count > 0)
        {
            for (quantile, us) in quantiles(distribution) {
                let labels = [
                    ("operation", name(operation)),
                    ("part", part),
                    ("quantile", quantile),
                ];
                page.sample("time_seconds", &labels, seconds(fraction(us)));
            }
        }
    }
}

fn quantiles(distribution: &Distribution) -> [(&'static str, u64); 5] {
    [
        ("0.5", distribution.p50),
        ("0.9", distribution.p90),
        ("0.99", distribution.p99),
        ("0.999", distribution.p999),
        ("1", distribution.max),
    ]
}

fn tokens(page: &mut Page, load: &Load) {
    let histograms = [
        ("connect_seconds", "TCP handshakes.", &load.connect),
        ("tls_seconds", "TLS handshakes.", &load.tls),
        (
            "revocation_seconds",
            "How long what was revoked still got answers.",
            &load.revocation,
        ),
        (
            "refresh_seconds",
            "Refreshes that brought a token.",
            &load.refresh,
        ),
    ];
    for (name, help, some) in histograms {
        if let Some(distribution) = some {
            page.metric(name, "histogram", help);
            page.buckets(name, &[], distribution);
        }
    }
    page.single(
        "refresh_failures_total",
        "counter",
        "Refreshes that brought no token.",
        load.refresh_failures,
    );
}

fn now(page: &mut Page, load: &Load) {
    page.single(
        "rate",
        "gauge",
        "Calls answered as asked per second of the measured part.",
        load.rate,
    );
    let answered = share(load.achieved, load.asked);
    page.single(
        "achieved_ratio",
        "gauge",
        "Answered of the calls that were due.",
        answered,
    );
    let Some(last) = load.seconds.last() else { return };
    if let Some(in_flight) = last.in_flight {
        page.single(
            "in_flight",
            "gauge",
            "Calls under way at the end of the last second.",
            in_flight,
        );
    }
    page.single(
        "generator_busy_ratio",
        "gauge",
        "Share of its time that the generator was busy in the last second.",
        last.busy,
    );
}

fn promises(page: &mut Page, record: &Record, load: &Load) {
    if !load.thresholds.is_empty() {
        page.metric(
            "threshold_kept",
            "gauge",
            "1 when a threshold held, 0 when it was missed; absent when it was not judged.",
        );
        for threshold in &load.thresholds {
            let verdict = check(record, load, &threshold.check).map(|check| check.verdict);
            let kept = match verdict {
                Some(Verdict::Passed | Verdict::Info) => 1,
                Some(Verdict::Failed | Verdict::Warned) => 0,
                _ => continue,
            };
            page.sample("threshold_kept", &[("threshold", &threshold.check)], kept);
        }
    }
    if !load.invariants.is_empty() {
        page.metric(
            "invariant_judged_total",
            "counter",
            "Answers on which an invariant was judged.",
        );
        for one in &load.invariants {
            page.sample("invariant_judged_total", &[("invariant", &one.name)], one.judged);
        }
        page.metric(
            "invariant_broken_total",
            "counter",
            "Answers that broke an invariant.",
        );
        for one in &load.invariants {
            page.sample("invariant_broken_total", &[("invariant", &one.name)], one.broken);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Reads the text as the format says; names with their types, and samples.
    fn read(text: &str) -> Result<BTreeMap<String, String>, String> {
        let (mut types, mut samples) = (BTreeMap::new(), BTreeMap::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').ok_or(line)?;
                if types.insert(name.to_owned(), kind.to_owned()).is_some() {
                    return Err(format!("{name} twice"));
                }
                continue;
            }
            if line.starts_with("# ") {
                continue;
            }
            let name = line.split_once('{').ok_or(line)?.0;
            let base = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end));
            let known = types.contains_key(name)
                || base.is_some_and(|base| types.get(base).is_some_and(|kind| kind == "histogram"));
            if !known {
                return Err(format!("{name} has no type"));
            }
            let (labels, value) = line.rsplit_once("} ").ok_or(line)?;
            labelled(&labels[name.len() + 1..])?;
            value.parse::<f64>().map_err(|_| line.to_owned())?;
            if samples.insert(format!("{labels}}}"), value.to_owned()).is_some() {
                return Err(format!("{labels} twice"));
            }
        }
        Ok(samples)
    }

    fn labelled(mut rest: &str) -> Result<(), String> {
        loop {
            let (name, after) = rest.split_once("=\"").ok_or(rest)?;
            if !name.chars().all(|c| c.is_ascii_lowercase()) {
                return Err(format!("label {name}"));
            }
            let mut escape = false;
            let end = after
                .char_indices()
                .find(|(_, c)| {
                    let ends = *c == '"' && !escape;
                    escape = *c == '\\' && !escape;
                    ends
                })
                .ok_or(after)?
                .0;
            match &after[end + 1..] {
                "" => return Ok(()),
                more => rest = more.strip_prefix(',').ok_or(more)?,
            }
        }
    }

    #[test]
    fn it_reads_back_and_adds_up() {
        let record = testing::load_record();
        let load = record.load.as_ref().unwrap();
        let samples = read(&render(&record)).unwrap();
        let at = |key: &str| samples[&format!("hallmark_load_{key}")].parse::<u64>().unwrap();
        assert_eq!(
            at("calls_total{profile=\"gate\",operation=\"search\",class=\"403\"}"),
            0,
            "there although none occurred"
        );
        let calls = samples
            .iter()
            .filter(|(name, _)| name.starts_with("hallmark_load_calls_total"));
        assert_eq!(
            calls.map(|(_, n)| n.parse::<u64>().unwrap()).sum::<u64>(),
            load.asked
        );
        let of = "profile=\"gate\",operation=\"search\"";
        let buckets = ["0.005", "0.01", "0.1", "1", "+Inf"]
            .map(|le| at(&format!("response_seconds_bucket{{{of},le=\"{le}\"}}")));
        assert!(buckets.is_sorted() && buckets[1] > 0, "{buckets:?}");
        assert_eq!(buckets[4], at(&format!("response_seconds_count{{{of}}}")));
        assert_eq!(at("refresh_failures_total{profile=\"gate\"}"), 2);
        assert_eq!(at("threshold_kept{profile=\"gate\",threshold=\"errors\"}"), 0);
        insta::with_settings!({snapshot_path => "../golden", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!("load-prometheus", render(&record));
        });
    }

    /// A rule over a name that is never written never fires.
    #[test]
    fn the_example_rules_are_about_what_is_written() {
        let rules = include_str!("../../ci/prometheus/hallmark-load.rules.yml");
        let written = render(&testing::load_record());
        let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        let names: BTreeSet<&str> = rules
            .split(word)
            .filter(|name| name.starts_with("hallmark_load_"))
            .collect();
        assert!(names.len() > 8, "{names:?}");
        for name in names {
            assert!(written.contains(&format!("\n{name}{{")), "{name}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_there() {
        let names =
            |record: &Record| -> BTreeSet<String> { read(&render(record)).unwrap().into_keys().collect() };
        let valid = "hallmark_load_valid{profile=\"gate\"}";
        assert!(names(&testing::load_record()).contains(valid));
        let killed = names(&testing::killed());
        assert!(!killed.contains(valid));
        assert!(
            killed.contains("hallmark_load_calls_total{profile=\"gate\",operation=\"all\",class=\"ok\"}")
        );
        assert_eq!(read(&render(&testing::void())).unwrap()[valid], "0");
        assert!(read(&render(&testing::record())).unwrap().is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn any_text_stays_in_its_label(text in "(\\PC|\\p{C}|[\"\\\\{},= ]|\n){1,24}") {
            let mut record = testing::killed();
            let load = record.load.as_mut().unwrap();
            load.profile.clone_from(&text);
            load.transport = testing::clean(&text);
            load.overall.name = testing::clean(&text);
            load.overall.counts.note(&text, 3);
            read(&render(&record)).map_err(TestCaseError::fail)?;
        }
    }
}
