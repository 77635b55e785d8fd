//! A transport without a network, for tests of the engines.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Calls, Identities, Mix, Settings, Stop};
use crate::load::meter::Class;
use crate::load::schedule::Share;
use crate::load::transport::{
    Answered, Body, Lines, Opened, Request, Target, Template, Transport, Trouble, Watch,
};

/// Takes its time, and remembers what it was asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Fake {
    /// Of each call; `None`: it never ends.
    pub(super) takes: Option<Duration>,
    /// Between these moments nothing is answered.
    pub(super) stalls: Option<(Instant, Instant)>,
    /// No connection opens.
    pub(super) refuses: bool,
    /// A connection carries so many calls; zero: any number.
    pub(super) carries: usize,
    pub(super) numbers: Arc<Mutex<Vec<u64>>>,
    pub(super) open: Arc<AtomicUsize>,
    /// The most that were in flight at once.
    pub(super) most: Arc<AtomicUsize>,
    pub(super) flying: Arc<AtomicUsize>,
}

impl Transport for Fake {
    type Connection = usize;

    async fn open(&self, _: Instant) -> Result<Opened<usize>, Trouble> {
        if self.refuses {
            return Err(Trouble::new(Class::Refused, "nobody listens"));
        }
        self.open.fetch_add(1, Ordering::SeqCst);
        Ok(Opened {
            connection: 0,
            connect: Duration::from_micros(5),
            tls: None,
        })
    }

    async fn call(&self, carried: &mut usize, request: &Request<'_>, _: &dyn Watch) -> Answered {
        let sent = request.begin;
        *carried += 1;
        self.numbers.lock().unwrap().push(request.number);
        let now = self.flying.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        if let Some((from, until)) = self.stalls
            && from <= sent
            && sent < until
        {
            tokio::time::sleep_until(until.into()).await;
        }
        match self.takes {
            Some(Duration::ZERO) => {}
            Some(takes) => tokio::time::sleep(takes).await,
            None => std::future::pending().await,
        }
        self.flying.fetch_sub(1, Ordering::SeqCst);
        Answered {
            class: Class::Ok,
            status: 200,
            sent,
            first_event: None,
            ended: Instant::now(),
            bytes: 1,
            reusable: self.carries == 0 || *carried < self.carries,
            trouble: None,
        }
    }

    async fn spoiled(&self, _: &mut usize) {
        std::future::pending::<()>().await;
    }
}

pub(super) fn calls() -> Arc<Calls> {
    let target = Target {
        authority: "localhost".to_owned(),
        path: "/mcp".to_owned(),
    };
    let body = Body::Plain(Vec::new());
    let template = Template::new(&target, "POST", &Lines::default(), body).unwrap();
    Arc::new(Calls {
        templates: vec![vec![template.clone()], vec![template]],
        mix: Mix::new(&[3, 1], 1).unwrap(),
        identities: Identities::new(vec![Lines::default(); 4]),
        judge: None,
        timeout: Duration::from_secs(5),
    })
}

pub(super) fn settings(cores: u32) -> Settings {
    Settings {
        cores,
        start: Instant::now(),
        shard: Share::WHOLE,
        warm: Duration::ZERO,
        seed: 1,
        stop: Stop::default(),
    }
}
