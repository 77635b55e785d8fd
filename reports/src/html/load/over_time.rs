//! What happened when. A long run is drawn in intervals of several seconds; counts are added, of times the worst of the
//! seconds is shown, and both are said.

use crate::html::chart::{self, Chart, Scale, ticks};
use crate::html::page::Section;
use crate::html::safe::{grouped, line};
use crate::load::figures::{clock, fraction, micros, number, time};
use crate::record::{Counts, Load, Second};
use maud::{Markup, html};

/// Most intervals of a chart; more would be thinner than a line.
const MOST: usize = 150;
/// Most events that are marked.
const EVENTS: usize = 40;

struct Interval {
    from: u64,
    to: u64,
    offered: u64,
    counts: Counts,
    p50: u64,
    p99: u64,
    max: u64,
    answered: bool,
}

pub(super) fn section(load: &Load) -> Option<Section> {
    let intervals = intervals(&load.seconds);
    (!intervals.is_empty()).then(|| Section {
        id: "over-time",
        title: "Over time".to_owned(),
        short: "Over time".to_owned(),
        body: html! {
            div class="charts" {
                (throughput(load, &intervals))
                (response(load, &intervals))
                (errors(load, &intervals))
            }
            (legend(load, &intervals))
            (events(load))
        },
    })
}

fn intervals(seconds: &[Second]) -> Vec<Interval> {
    let length = seconds.len().div_ceil(MOST).max(1);
    seconds.chunks(length).filter_map(interval).collect()
}

fn interval(seconds: &[Second]) -> Option<Interval> {
    let (first, last) = (seconds.first()?, seconds.last()?);
    let mut counts = Counts::default();
    for second in seconds {
        counts.add(&second.counts);
    }
    let worst = |of: fn(&Second) -> u64| seconds.iter().map(of).max().unwrap_or_default();
    Some(Interval {
        from: first.at_ms,
        to: last.at_ms.saturating_add(last.length_ms.max(1)),
        offered: seconds.iter().map(|second| second.offered).sum(),
        counts,
        p50: worst(|second| second.response.p50),
        p99: worst(|second| second.response.p99),
        max: worst(|second| second.response.max),
        answered: seconds.iter().any(|second| second.response.count > 0),
    })
}

impl Interval {
    fn per_second(&self, n: u64) -> f64 {
        fraction(n) * 1_000.0 / fraction((self.to - self.from).max(1))
    }

    fn sides(&self, x: Scale) -> (f64, f64) {
        (x.x(fraction(self.from)), x.x(fraction(self.to)))
    }
}

/// The time axis, the warm-up and the marks of events, which all charts share.
struct Times {
    scale: Scale,
    behind: Markup,
    before: Vec<Markup>,
}

impl Times {
    fn of(load: &Load, intervals: &[Interval]) -> Times {
        let end = intervals
            .iter()
            .map(|interval| interval.to)
            .max()
            .unwrap_or_default();
        let scale = Scale::Even(0.0, fraction(end.max(load.length_ms).max(1)));
        let marks = load.events.iter().take(EVENTS).enumerate().map(|(place, event)| {
            chart::mark("event", scale.x(fraction(event.at_ms)), &(place + 1).to_string())
        });
        Times {
            scale,
            behind: chart::shade(scale, fraction(load.warm_up_ms)),
            before: marks.collect(),
        }
    }

    /// Round steps of a clock: seconds, minutes and hours have other round numbers than tens have.
    fn ticks(&self) -> Vec<chart::Tick> {
        let end = crate::load::figures::whole(self.scale.at(1.0)) / 1_000;
        let steps = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200,
        ];
        let step = steps.into_iter().find(|step| end / step <= 6).unwrap_or(86_400);
        (0..=end / step)
            .map(|k| chart::Tick {
                at: fraction(k * step * 1_000),
                label: clock(k * step * 1_000),
            })
            .collect()
    }

    fn chart(
        self,
        title: &str,
        told: String,
        y: (Scale, Vec<chart::Tick>),
        drawn: Vec<Markup>,
        key: Vec<(&'static str, String)>,
    ) -> Markup {
        let ticks = self.ticks();
        let mut inside = vec![self.behind];
        inside.extend(drawn);
        inside.extend(self.before);
        Chart {
            title: title.to_owned(),
            told,
            x: (self.scale, ticks),
            y,
            inside,
            key,
        }
        .draw()
    }
}

fn throughput(load: &Load, intervals: &[Interval]) -> Markup {
    let times = Times::of(load, intervals);
    let ok = |interval: &Interval| interval.per_second(interval.counts.of("ok"));
    let asked = |interval: &Interval| interval.per_second(interval.offered);
    let most = intervals
        .iter()
        .map(|interval| ok(interval).max(asked(interval)))
        .fold(0.0, f64::max);
    let y = Scale::from_zero(most * 1.05);
    let mut drawn: Vec<Markup> = intervals
        .iter()
        .filter(|interval| interval.counts.of("ok") > 0)
        .map(|interval| {
            let (left, right) = interval.sides(times.scale);
            chart::block("s-ok", (left, right + 0.6), (y.y(ok(interval)), chart::floor()))
        })
        .collect();
    drawn.push(chart::steps(
        "s-asked",
        intervals.iter().map(|interval| {
            let (left, right) = interval.sides(times.scale);
            (left, right, Some(y.y(asked(interval))))
        }),
    ));
    let told = format!("Calls per second over time: up to {} asked for", number(most));
    let key = vec![
        ("s-ok", "answered as asked".to_owned()),
        ("s-asked", "asked for".to_owned()),
    ];
    times.chart("Calls per second", told, (y, ticks(y, number)), drawn, key)
}

/// Class, name and value.
type Series = (&'static str, &'static str, fn(&Interval) -> u64);

fn response(load: &Load, intervals: &[Interval]) -> Markup {
    let series: [Series; 3] = [
        ("s-max", "worst", |interval| interval.max),
        ("s-p99", "p99", |interval| interval.p99),
        ("s-p50", "p50", |interval| interval.p50),
    ];
    let times = Times::of(load, intervals);
    let answered = || intervals.iter().filter(|interval| interval.answered);
    if answered().next().is_none() {
        return html! { p class="quiet" { "No response time was measured." } };
    }
    let least = answered().map(|interval| interval.p50).min().unwrap_or_default();
    let most = answered().map(|interval| interval.max).max().unwrap_or_default();
    let y = Scale::decades(fraction(least), fraction(most));
    let drawn = series.iter().map(|(class, _, of)| {
        chart::steps(
            class,
            intervals.iter().map(|interval| {
                let (left, right) = interval.sides(times.scale);
                (
                    left,
                    right,
                    interval.answered.then(|| y.y(fraction(of(interval)))),
                )
            }),
        )
    });
    let drawn = drawn.collect();
    let told = format!(
        "Response times over time: p50 from {}, worst {}",
        micros(least),
        micros(most)
    );
    let key = series
        .iter()
        .map(|(class, name, _)| (*class, (*name).to_owned()))
        .collect();
    times.chart(
        "Response times, by the second in which the answer came; logarithmic",
        told,
        (y, ticks(y, time)),
        drawn,
        key,
    )
}

/// Classes that have a colour of their own, the others together.
const SHOWN: [(&str, &str); 5] = [
    ("401", "s-401"),
    ("403", "s-403"),
    ("429", "s-429"),
    ("5xx", "s-5xx"),
    ("timeout", "s-timeout"),
];

fn errors(load: &Load, intervals: &[Interval]) -> Markup {
    let others = |counts: &Counts| {
        let known: u64 = SHOWN.iter().map(|(class, _)| counts.of(class)).sum();
        counts.errors().saturating_sub(known)
    };
    let most = intervals
        .iter()
        .map(|interval| interval.per_second(interval.counts.errors()))
        .fold(0.0, f64::max);
    if most <= 0.0 {
        return html! { figure class="chart" { figcaption { "Errors per second" } p class="none" { "None in the measured part." } } };
    }
    let times = Times::of(load, intervals);
    let y = Scale::from_zero(most);
    let mut drawn = Vec::new();
    for interval in intervals {
        let mut below = 0.0;
        let shown = SHOWN
            .iter()
            .map(|(class, series)| (*series, interval.counts.of(class)));
        for (series, n) in shown
            .chain([("s-error", others(&interval.counts))])
            .filter(|(_, n)| *n > 0)
        {
            let above = below + interval.per_second(n);
            drawn.push(chart::block(
                series,
                interval.sides(times.scale),
                (y.y(above), y.y(below)),
            ));
            below = above;
        }
    }
    let counts = &load.overall.counts;
    let mut key: Vec<(&'static str, String)> = SHOWN
        .iter()
        .filter(|(class, _)| intervals.iter().any(|interval| interval.counts.of(class) > 0))
        .map(|(class, series)| (*series, (*class).to_owned()))
        .collect();
    if intervals.iter().any(|interval| others(&interval.counts) > 0) {
        key.push(("s-error", "any other".to_owned()));
    }
    let told = format!(
        "Errors per second over time, {} in all, at most {} in a second",
        grouped(counts.errors()),
        number(most)
    );
    times.chart(
        "Errors per second, by class",
        told,
        (y, ticks(y, number)),
        drawn,
        key,
    )
}

fn legend(load: &Load, intervals: &[Interval]) -> Markup {
    let length = load.seconds.len().div_ceil(MOST).max(1);
    html! {
        p class="quiet" {
            @if load.warm_up_ms > 0 { "The shaded part is the warm-up, which is in no figure. " }
            @if length > 1 {
                "Each of the " (intervals.len()) " steps is " (length) " seconds: of times the worst of them is shown. "
            }
        }
    }
}

fn events(load: &Load) -> Markup {
    html! {
        @if !load.events.is_empty() {
            h3 class="part" { "What happened meanwhile" }
            div class="wide" role="group" aria-label="What happened meanwhile" tabindex="0" {
                table class="events" {
                    thead { tr { th scope="col" { "Mark" } th scope="col" { "At" } th scope="col" { "What" } th scope="col" { "Outcome" } } }
                    tbody {
                        @for (place, event) in load.events.iter().take(200).enumerate() {
                            tr {
                                td { @if place < EVENTS { (place + 1) } }
                                td { (clock(event.at_ms)) }
                                th scope="row" { (line(event.text.as_str(), 200)) }
                                td { (line(event.outcome.as_str(), 300)) }
                            }
                        }
                    }
                }
            }
            @if load.events.len() > 200 { p class="quiet" { "and " (load.events.len() - 200) " more, in the record" } }
        }
    }
}
