use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::*;
use crate::load::engine::fake::{Fake, calls, settings};
use crate::load::engine::{Ended, Settings, doubts, run_arrivals};
use crate::load::meter::{Class, Measure};
use crate::load::schedule::Schedule;

const ARRIVALS: Arrivals = Arrivals {
    in_flight: 8,
    pacing: Pacing::Fine,
    may_drop: false,
    drain: Duration::from_secs(5),
};

fn fake(takes: u64) -> Fake {
    Fake {
        takes: Some(Duration::from_millis(takes)),
        ..Fake::default()
    }
}

fn run(fake: &Fake, rate: f64, millis: u64, arrivals: Arrivals, settings: &Settings) -> Ended {
    let schedule = Schedule::constant(rate, Duration::from_millis(millis)).unwrap();
    run_arrivals(fake, &calls(), &schedule, arrivals, settings, None, None).unwrap()
}

fn count(ended: &Ended, class: Class) -> u64 {
    ended.account.total.overall().counts.of(class)
}

fn max(ended: &Ended, measure: Measure) -> Duration {
    Duration::from_micros(ended.account.total.overall().of(measure).max())
}

#[test]
fn every_arrival_is_made_once() {
    for cores in [1, 3] {
        let fake = fake(0);
        let ended = run(&fake, 1_000.0, 300, ARRIVALS, &settings(cores));
        assert_eq!((ended.asked, count(&ended, Class::Ok)), (300, 300));
        let mut numbers = fake.numbers.lock().unwrap().clone();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..300).collect::<Vec<u64>>());
        assert!(
            ended
                .account
                .total
                .operations
                .iter()
                .all(|series| series.counts.total() > 30)
        );
    }
}

/// Forty arrivals within 0.2 s, two at a time, 20 ms each: the last ends 0.4 s after the first was due.
#[test]
fn what_finds_no_connection_waits_and_its_wait_counts() {
    let arrivals = Arrivals {
        in_flight: 2,
        ..ARRIVALS
    };
    let fake = fake(20);
    let ended = run(&fake, 200.0, 200, arrivals, &settings(1));
    assert_eq!(
        (count(&ended, Class::Ok), fake.most.load(Ordering::SeqCst)),
        (40, 2)
    );
    assert_eq!(fake.open.load(Ordering::SeqCst), 2);
    assert!(max(&ended, Measure::Response) > Duration::from_millis(200));
    assert!(max(&ended, Measure::Backlog) > Duration::from_millis(180));
    assert!(max(&ended, Measure::Service) < max(&ended, Measure::Backlog));
}

/// A thousand arrivals in two seconds, of which the two hundred of 0.4 s wait for its end: one in a hundred waits for
/// 0.38 s and longer.
#[test]
fn a_stall_is_seen_as_long_as_it_was() {
    let settings = settings(1);
    let at = |millis| settings.start + Duration::from_millis(millis);
    let fake = Fake {
        stalls: Some((at(800), at(1_200))),
        ..fake(0)
    };
    let arrivals = Arrivals {
        in_flight: 4,
        ..ARRIVALS
    };
    let ended = run(&fake, 500.0, 2_000, arrivals, &settings);
    let all = ended.account.total.overall();
    let quantile = |measure, q| Duration::from_micros(all.of(measure).value_at_quantile(q));
    assert_eq!(count(&ended, Class::Ok), 1_000);
    let p99 = quantile(Measure::Response, 0.99);
    assert!((375..450).contains(&p99.as_millis()), "{p99:?}");
    assert!(quantile(Measure::Response, 0.5) < Duration::from_millis(100));
    // Four connections were in it; all others never saw it.
    assert!(quantile(Measure::Service, 0.98) < Duration::from_millis(100));
}

#[test]
fn what_may_be_dropped_is_counted() {
    let arrivals = Arrivals {
        in_flight: 2,
        may_drop: true,
        ..ARRIVALS
    };
    let ended = run(&fake(20), 1_000.0, 200, arrivals, &settings(1));
    let (done, dropped) = (count(&ended, Class::Ok), count(&ended, Class::Dropped));
    assert_eq!(done + dropped, 200);
    assert!(dropped > 100, "{dropped}");
    assert_eq!(ended.account.total.sent, done);
    assert!(
        !doubts(&ended.account.total, ended.asked)
            .iter()
            .any(|d| format!("{d:?}").contains("Offered"))
    );
}

#[test]
fn told_to_stop_it_ends_in_under_a_second_with_a_complete_account() {
    let settings = settings(2);
    let stop = settings.stop.clone();
    let teller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        stop.stop();
        Instant::now()
    });
    let ended = run(&Fake::default(), 500.0, 60_000, ARRIVALS, &settings);
    let told = teller.join().unwrap();
    assert!(told.elapsed() < Duration::from_secs(1), "{:?}", told.elapsed());
    let unfinished = count(&ended, Class::Unfinished);
    assert!(ended.stopped && unfinished > 50, "{unfinished}");
    assert_eq!(unfinished, ended.account.total.offered);
    assert!(
        ended.asked.abs_diff(unfinished) <= 25,
        "{} {unfinished}",
        ended.asked
    );
    assert_eq!(ended.account.total.overall().counts.errors(), 0);
}

#[test]
fn what_never_ends_is_given_up_after_the_drain() {
    let arrivals = Arrivals {
        drain: Duration::from_millis(100),
        ..ARRIVALS
    };
    let ended = run(&Fake::default(), 100.0, 200, arrivals, &settings(1));
    assert_eq!(count(&ended, Class::Timeout), 20);
    assert_eq!(ended.account.total.sent, 8);
    assert_eq!(ended.account.total.overall().of(Measure::Response).len(), 20);
}

#[test]
fn warming_up_is_not_measured() {
    let settings = Settings {
        warm: Duration::from_millis(150),
        ..settings(1)
    };
    let ended = run(&fake(0), 200.0, 300, ARRIVALS, &settings);
    assert_eq!((ended.asked, count(&ended, Class::Ok)), (30, 30));
    assert_eq!(ended.account.total.warm.total(), 30);
    assert_eq!(ended.account.total.offered, 30);
}

#[test]
fn a_peer_that_is_not_there() {
    let fake = Fake {
        refuses: true,
        ..Fake::default()
    };
    let ended = run(&fake, 500.0, 200, ARRIVALS, &settings(1));
    assert_eq!(count(&ended, Class::Refused), 100);
    assert_eq!(ended.account.total.troubles[&Class::Refused], "nobody listens");
    assert_eq!(ended.account.total.overall().of(Measure::Response).len(), 0);
}

#[test]
fn connections_that_end_are_replaced() {
    let fake = Fake {
        carries: 5,
        ..fake(0)
    };
    let ended = run(&fake, 500.0, 200, ARRIVALS, &settings(1));
    assert_eq!(count(&ended, Class::Ok), 100);
    assert!(fake.open.load(Ordering::SeqCst) >= 20);
    assert_eq!(ended.account.total.opened, 20.max(ended.account.total.opened));
}

/// Two shards make the arrivals of the whole, and their intervals add up to it.
#[test]
fn shards_together_are_the_whole() {
    let mut numbers = Vec::new();
    for k in 0..2 {
        let fake = fake(0);
        let settings = Settings {
            shard: crate::load::schedule::Share::WHOLE.part(k, 2).unwrap(),
            ..settings(2)
        };
        assert_eq!(
            run(&fake, 500.0, 201, ARRIVALS, &settings).asked,
            if k == 0 { 51 } else { 50 }
        );
        numbers.extend(fake.numbers.lock().unwrap().iter().copied());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..101).collect::<Vec<u64>>());
}
