//! How fast: the percentile curve and the histogram, both on the scale of HdrHistogram, where each nine takes as much
//! room as the one before; and every distribution in a table.

use crate::html::chart::{self, Chart, Scale, Tick, ticks};
use crate::html::page::Section;
use crate::html::safe::grouped;
use crate::load::figures::{fraction, micros, time};
use crate::load::text::{quantiles, times};
use crate::record::{Distribution, Load};
use maud::{Markup, html};

/// Most nines on the axis of percentiles.
const NINES: f64 = 6.0;

pub(super) fn section(load: &Load) -> Option<Section> {
    let rows = rows(load);
    (!rows.is_empty()).then(|| Section {
        id: "latency",
        title: "How fast".to_owned(),
        short: "How fast".to_owned(),
        body: html! {
            div class="charts" {
                (curves(load))
                @if load.overall.response.count > 0 {
                    (histogram("response", "Response times of all calls", &load.overall.response, true))
                }
            }
            (parts())
            (table(&rows))
            (others(load))
        },
    })
}

fn parts() -> Markup {
    html! {
        p class="quiet" {
            b { "Response" } " is what a caller waits: from the moment a call was due to the last byte. It is the sum of "
            b { "pacer lag" } " (due, not yet handed over: the generator's doing), "
            b { "backlog" } " (handed over, no connection free: the target's doing) and "
            b { "service" } " (first byte written to last byte read). Calls that were given up count with the time at which they were; "
            "refused and broken ones are under Answers."
        }
    }
}

/// Every distribution with something in it.
fn rows(load: &Load) -> Vec<(&'static str, &Distribution)> {
    let mut rows: Vec<(&'static str, &Distribution)> = times(load).collect();
    let more = [
        ("first event", load.overall.first_event.as_ref()),
        ("TCP connect", load.connect.as_ref()),
        ("TLS handshake", load.tls.as_ref()),
        ("revocation lag", load.revocation.as_ref()),
        ("refresh", load.refresh.as_ref()),
    ];
    rows.extend(more.into_iter().filter_map(|(name, some)| Some((name, some?))));
    rows.retain(|(_, distribution)| distribution.count > 0);
    rows
}

fn table(rows: &[(&'static str, &Distribution)]) -> Markup {
    html! {
        div class="wide" role="group" aria-label="Times" tabindex="0" {
            table class="times" {
                thead { tr {
                    th scope="col" { "Times" } th scope="col" class="n" { "Values" } th scope="col" class="n" { "Mean" }
                    @for name in ["p50", "p90", "p99", "p99.9", "max"] { th scope="col" class="n" { (name) } }
                } }
                tbody {
                    @for (name, distribution) in rows {
                        tr {
                            th scope="row" { (name) }
                            td class="n" { (grouped(distribution.count)) }
                            td class="n" { (time(distribution.mean)) }
                            (cells(distribution))
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn cells(distribution: &Distribution) -> Markup {
    let Distribution {
        p50,
        p90,
        p99,
        p999,
        max,
        ..
    } = distribution;
    html! { @for us in [p50, p90, p99, p999, max] { td class="n" { (micros(*us)) } } }
}

/// Places on the axis of nines (0 = none, 1 = 90 %, 2 = 99 %) with their times.
fn curve(distribution: &Distribution) -> Vec<(f64, f64)> {
    let last = fraction(distribution.count.max(1)).log10().min(NINES);
    if let Ok(histogram) = distribution.histogram() {
        let steps = crate::load::figures::whole(last * 40.0);
        let at = |k: u64| fraction(k) / 40.0;
        let points = (0..=steps).map(at).filter(|nines| *nines < last);
        let value = |nines: f64| fraction(histogram.value_at_quantile(1.0 - 10_f64.powf(-nines)));
        let mut curve: Vec<(f64, f64)> = points.map(|nines| (nines, value(nines))).collect();
        curve.push((
            last,
            value(last).max(if last < NINES {
                fraction(histogram.max())
            } else {
                0.0
            }),
        ));
        return curve;
    }
    let Distribution {
        p50,
        p90,
        p99,
        p999,
        max,
        ..
    } = distribution;
    [(0.301, p50), (1.0, p90), (2.0, p99), (3.0, p999), (last, max)]
        .into_iter()
        .filter(|(nines, _)| *nines <= last)
        .map(|(nines, us)| (nines, fraction(*us)))
        .collect()
}

fn curves(load: &Load) -> Markup {
    let series: Vec<_> = times(load)
        .map(|(name, distribution)| (class(name), name, curve(distribution), distribution))
        .collect();
    let values = || {
        series
            .iter()
            .flat_map(|(_, _, curve, _)| curve.iter().map(|(_, us)| *us))
    };
    let y = Scale::decades(values().fold(f64::MAX, f64::min), values().fold(0.0, f64::max));
    let last = series
        .iter()
        .filter_map(|(_, _, curve, _)| curve.last())
        .map(|(nines, _)| *nines);
    let x = Scale::Even(0.0, last.fold(1.0, f64::max));
    let told: Vec<String> = series
        .iter()
        .map(|(_, name, _, distribution)| format!("{name} {}", quantiles(distribution)))
        .collect();
    let inside = series.iter().rev().map(|(class, _, curve, _)| {
        chart::line(
            class,
            curve.iter().map(|(nines, us)| Some((x.x(*nines), y.y(*us)))),
        )
    });
    Chart {
        title: "Times by percentile, both axes logarithmic".to_owned(),
        told: format!("Times by percentile. {}", told.join("; ")),
        x: (x, nines(x)),
        y: (y, ticks(y, time)),
        inside: inside.collect(),
        key: series
            .iter()
            .map(|(class, name, _, _)| (*class, (*name).to_owned()))
            .collect(),
    }
    .draw()
}

fn nines(x: Scale) -> Vec<Tick> {
    let labels = [
        "0 %",
        "90 %",
        "99 %",
        "99.9 %",
        "99.99 %",
        "99.999 %",
        "99.9999 %",
    ];
    let all = labels.iter().zip(0_u32..).map(|(label, at)| Tick {
        at: f64::from(at),
        label: (*label).to_owned(),
    });
    all.filter(|tick| tick.at <= x.at(1.0) + 0.01).collect()
}

pub(super) fn class(name: &str) -> &'static str {
    match name {
        "response" => "s-response",
        "service" => "s-service",
        "backlog" => "s-backlog",
        _ => "s-lag",
    }
}

/// Counts in bins of equal width on the logarithmic axis. Both axes are logarithmic, so that one call in ten thousand
/// can be seen.
fn histogram(series: &'static str, title: &str, distribution: &Distribution, marked: bool) -> Markup {
    const BINS: u32 = 56;
    let Ok(histogram) = distribution.histogram() else {
        return html! { p class="quiet" { (title) ": only the figures were kept, no histogram." } };
    };
    let x = Scale::decades(fraction(histogram.min()), fraction(histogram.max()));
    let edge = |bin: u32| x.at(f64::from(bin) / f64::from(BINS));
    let mut bins: Vec<u64> = vec![0; BINS as usize];
    let mut bin = 0_u32;
    for value in histogram.iter_recorded() {
        let us = fraction(histogram.median_equivalent(value.value_iterated_to()));
        while bin + 1 < BINS && us >= edge(bin + 1) {
            bin += 1;
        }
        bins[bin as usize] += value.count_at_value();
    }
    let most = fraction(bins.iter().copied().max().unwrap_or_default());
    // A single call has to have some height, so the axis begins below one.
    let y = Scale::Log(0.6, (most * 1.3).max(10.0));
    let bars = bins.iter().zip(0_u32..).filter(|(n, _)| **n > 0).map(|(n, bin)| {
        let sides = (x.x(edge(bin)), x.x(edge(bin + 1)) - 1.0);
        chart::block(series_class(series), sides, (y.y(fraction(*n)), chart::floor()))
    });
    let mut inside: Vec<Markup> = bars.collect();
    if marked {
        let marks = [
            ("p50", distribution.p50),
            ("p99", distribution.p99),
            ("p99.9", distribution.p999),
        ];
        inside.extend(marks.map(|(word, us)| chart::mark("quantile", x.x(fraction(us)), word)));
    }
    let whole = |n: f64| grouped(crate::load::figures::whole(n));
    Chart {
        title: if marked {
            format!("{title}, both axes logarithmic")
        } else {
            title.to_owned()
        },
        told: format!(
            "{title}, how many calls took how long: {}",
            quantiles(distribution)
        ),
        x: (x, ticks(x, time)),
        y: (y, ticks(y, whole)),
        inside,
        key: Vec::new(),
    }
    .draw()
}

fn series_class(series: &str) -> &'static str {
    match series {
        "response" => "s-response",
        _ => "s-other",
    }
}

/// Connections and tokens.
fn others(load: &Load) -> Markup {
    let all = [
        ("TCP connects", load.connect.as_ref()),
        ("TLS handshakes", load.tls.as_ref()),
        (
            "Revocation: how long what was revoked still got answers",
            load.revocation.as_ref(),
        ),
        ("Refreshes of tokens", load.refresh.as_ref()),
    ];
    let there = all
        .iter()
        .filter_map(|(title, some)| Some((*title, some.filter(|d| d.count > 0)?)));
    let there: Vec<(&str, &Distribution)> = there.collect();
    html! {
        @if !there.is_empty() {
            h3 class="part" { "Connections and tokens" }
            div class="charts small" {
                @for (title, distribution) in there { (histogram("other", title, distribution, false)) }
            }
            p class="quiet" { "How many took how long; both axes are logarithmic." }
            @if load.refresh.is_some() || load.refresh_failures > 0 {
                p { "Refreshes that brought no token: " b { (grouped(load.refresh_failures)) } "." }
            }
        }
    }
}
