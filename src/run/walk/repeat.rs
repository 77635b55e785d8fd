//! A step more than once: one after another, at once, for each of a list, until something holds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::Value as Json;
use tokio::sync::Barrier;

use super::{CaseRun, Stop, act};
use crate::expect::{Evidence, Value, judge};
use crate::scenario::lint::MOST_COPIES;
use crate::scenario::model::{Count, Kind, LiveFrom, LiveStep, Step, WebhookStep};
use crate::step::{Fill, Problem, Scope, delivered, look, pause};

/// Most rounds of a step without `times`.
const ROUNDS: u32 = 100_000;

pub(super) async fn repeated(step: &Step, case: &Arc<CaseRun>, scope: &mut Scope) -> Result<Evidence, Stop> {
    if let Kind::Events(LiveStep::From(from)) | Kind::Socket(LiveStep::From(from)) = &step.kind {
        return looked(step, from, case, scope).await;
    }
    if let Some(list) = &step.each_of {
        let value = Fill::new(&case.world, scope)
            .template(list)
            .map_err(Problem::from)?;
        return each_of(step, value, case, scope).await;
    }
    if let Kind::Webhook(from @ WebhookStep::From { .. }) = &step.kind {
        return awaited(step, from, case, scope).await;
    }
    if let Some(every) = &step.every {
        let fill = Fill::new(&case.world, scope);
        let every = fill.time(every).map_err(Problem::from)?;
        let lasting = step
            .lasting
            .as_ref()
            .map(|time| fill.time(time))
            .transpose()
            .map_err(Problem::from)?;
        return polled(step, every, lasting, case, scope).await;
    }
    match (&step.times, &step.copies) {
        (Some(times), _) => {
            let times = count(times, ROUNDS, "times", case, scope)?;
            rounds(step, times, case, scope).await
        }
        (None, Some(copies)) => {
            let copies = count(copies, MOST_COPIES, "copies", case, scope)?;
            copied(step, copies, 0, case, scope).await
        }
        (None, None) if step.until.is_some() => rounds(step, ROUNDS, case, scope).await,
        (None, None) => act(step, case, scope).await,
    }
}

/// A count, rounded up; one of the target's may be anything.
fn count(count: &Count, most: u32, what: &str, case: &CaseRun, scope: &Scope) -> Result<u32, Problem> {
    let number = match count {
        Count::Fixed(number) => return Ok(*number),
        Count::Reference(template) => {
            let value = Fill::new(&case.world, scope).template(template)?;
            value
                .number()
                .ok_or_else(|| Problem::Unusable(format!("`{what}` is no number: {}", value.show())))?
        }
    };
    let number = number.ceil();
    if !(1.0..=f64::from(most)).contains(&number) {
        return Err(Problem::Unusable(format!(
            "`{what}` is {number}, not 1 to {most}"
        )));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and between 1 and a small number"
    )]
    Ok(number as u32)
}

/// Goes on with what another step opened.
async fn looked(
    step: &Step,
    from: &LiveFrom,
    case: &Arc<CaseRun>,
    scope: &mut Scope,
) -> Result<Evidence, Stop> {
    let enough = |evidence: &Evidence| match &step.until {
        Some(until) => judge(until, evidence, &Fill::new(&case.world, scope)).holds(),
        None => false,
    };
    let evidence = look(step, from, &case.world, scope, &enough).await?;
    for single in evidence.singles() {
        case.observed(single, scope);
    }
    Ok(evidence)
}

async fn each_of(step: &Step, list: Value, case: &Arc<CaseRun>, scope: &mut Scope) -> Result<Evidence, Stop> {
    let mut gathered = Gathered::default();
    for (index, item) in items(list.to_json()).into_iter().enumerate() {
        let mut inner = scope.clone();
        inner.round = Some(index as u64);
        inner.each = Some(Value::json(item).tainted(list.secret));
        let evidence = act(step, case, &mut inner).await?;
        gathered.add(evidence, scope, &inner);
    }
    Ok(gathered.into_series(scope))
}

/// What `each_of` goes through: the elements of a list, the values of a group of the target such as
/// `target.probes.reading` (name → value); a single thing is its only one.
fn items(list: Json) -> Vec<Json> {
    match list {
        Json::Array(items) => items,
        Json::Object(members) => members.into_iter().map(|(_, value)| value).collect(),
        Json::Null => Vec::new(),
        one => vec![one],
    }
}

/// One after another; captures live for a round and leave as lists.
async fn rounds(step: &Step, times: u32, case: &Arc<CaseRun>, scope: &mut Scope) -> Result<Evidence, Stop> {
    let mut gathered = Gathered::default();
    let copies = match &step.copies {
        Some(copies) => Some(count(copies, MOST_COPIES, "copies", case, scope)?),
        None => None,
    };
    for round in 0..u64::from(times) {
        let mut inner = scope.clone();
        let evidence = if let Some(copies) = copies {
            copied(step, copies, round * u64::from(copies), case, &mut inner).await?
        } else {
            inner.round = Some(round);
            act(step, case, &mut inner).await?
        };
        let done = reached(step, &evidence, case, &inner);
        gathered.add(evidence, scope, &inner);
        if done || Instant::now() >= case.world.deadline() {
            break;
        }
    }
    Ok(gathered.into_series(scope))
}

fn reached(step: &Step, evidence: &Evidence, case: &CaseRun, scope: &Scope) -> bool {
    step.until
        .as_ref()
        .is_some_and(|until| judge(until, evidence, &Fill::new(&case.world, scope)).holds())
}

async fn polled(
    step: &Step,
    every: Duration,
    lasting: Option<Duration>,
    case: &Arc<CaseRun>,
    scope: &mut Scope,
) -> Result<Evidence, Stop> {
    let start = Instant::now();
    let end = lasting
        .map_or(case.world.deadline(), |lasting| start + lasting)
        .min(case.world.deadline());
    let mut gathered = Gathered::default();
    let times = match &step.times {
        Some(times) => count(times, ROUNDS, "times", case, scope)?,
        None => ROUNDS,
    };
    for round in 0..times {
        let mut inner = scope.clone();
        inner.round = Some(u64::from(round));
        let evidence = act(step, case, &mut inner).await?;
        let done = reached(step, &evidence, case, &inner);
        gathered.add(evidence, scope, &inner);
        let next = start + every * (round + 1);
        if done || next > end {
            break;
        }
        tokio::time::sleep_until(next.into()).await;
    }
    Ok(gathered.into_series(scope))
}

/// What came to an inbox: once `until` holds, or when `for` or `timeout` is over.
async fn awaited(
    step: &Step,
    from: &WebhookStep,
    case: &Arc<CaseRun>,
    scope: &Scope,
) -> Result<Evidence, Stop> {
    let fill = Fill::new(&case.world, scope);
    let time = |time| fill.time(time).map_err(Problem::from);
    let every = step.every.as_ref().map(time).transpose()?;
    let longest = match &step.lasting {
        Some(lasting) => time(lasting)?,
        None => step.timeout.filter(|_| step.until.is_some()).unwrap_or_default(),
    };
    let mut left = longest;
    loop {
        let singles = delivered(from, fill)?.into_iter();
        let evidence = Evidence::Series(singles.map(|single| Evidence::One(Arc::new(single))).collect());
        let over = left.is_zero() || Instant::now() >= case.world.deadline();
        if over || reached(step, &evidence, case, scope) {
            return Ok(evidence);
        }
        left -= pause(every, longest, left, fill).await?;
    }
}

/// All at once, released from one barrier.
async fn copied(
    step: &Step,
    copies: u32,
    first: u64,
    case: &Arc<CaseRun>,
    scope: &mut Scope,
) -> Result<Evidence, Stop> {
    let barrier = Barrier::new(copies as usize);
    let branches = join_all((0..u64::from(copies)).map(|copy| {
        let mut inner = scope.clone();
        inner.round = Some(first + copy);
        let barrier = &barrier;
        async move {
            barrier.wait().await;
            act(step, case, &mut inner)
                .await
                .map(|evidence| (evidence, inner))
        }
    }))
    .await;
    let mut gathered = Gathered::default();
    for branch in branches {
        let (evidence, inner) = branch?;
        gathered.add(evidence, scope, &inner);
    }
    Ok(gathered.into_series(scope))
}

/// Evidence and captures of rounds, gathered into a series and lists.
#[derive(Default)]
struct Gathered {
    series: Vec<Evidence>,
    lists: BTreeMap<String, (Vec<Json>, bool)>,
}

impl Gathered {
    /// The copies of a round are elements of their own.
    fn add(&mut self, evidence: Evidence, outer: &Scope, inner: &Scope) {
        match evidence {
            Evidence::Series(copies) => self.series.extend(copies),
            one => self.series.push(one),
        }
        for (name, value) in outer.new_captures(inner) {
            let (list, secret) = self.lists.entry(name).or_default();
            list.push(value.to_json());
            *secret |= value.secret;
        }
    }

    fn into_series(self, scope: &mut Scope) -> Evidence {
        for (name, (list, secret)) in self.lists {
            scope.capture(&name, Value::json(list).tainted(secret));
        }
        Evidence::Series(self.series)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::items;

    #[test]
    fn each_of_goes_through_lists_and_groups() {
        let table = [
            (json!(["a", "b"]), vec![json!("a"), json!("b")]),
            (
                json!({ "read": "read", "state": "state" }),
                vec![json!("read"), json!("state")],
            ),
            (json!("one"), vec![json!("one")]),
            (json!(null), vec![]),
            (json!({}), vec![]),
        ];
        for (list, expected) in table {
            assert_eq!(items(list.clone()), expected, "{list}");
        }
    }
}
