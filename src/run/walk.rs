//! Walks the steps of a case: repeats, groups, captures, and hands what judges to the case.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, join_all};
use serde_json::Value as Json;
use tokio::sync::Barrier;

use super::case::{CaseRun, Halt};
use crate::expect::{Evidence, Surroundings, Value, judge, select};
use crate::scenario::lint::MOST_COPIES;
use crate::scenario::model::{
    Count, Kind, LiveFrom, LiveStep, MeasureEnd, ServeStep, Step, UseStep, WebhookStep,
};
use crate::step::{Fill, Problem, Scope, delivered, heard, look, pause, perform, ready};

/// Most rounds of a step without `times`.
const ROUNDS: u32 = 100_000;

/// Walks steps in order; ends early when the case is halted.
pub(super) async fn steps(
    steps: &[Step],
    case: &Arc<CaseRun>,
    scope: &mut Scope,
) -> Result<Vec<Evidence>, Halt> {
    let mut all = Vec::new();
    for step in steps {
        if let Some(evidence) = one(step, case, scope).await? {
            all.push(evidence);
        }
    }
    Ok(all)
}

/// Walks one step with all its repetitions. `None`: it does not apply here.
pub(super) fn one<'a>(
    step: &'a Step,
    case: &'a Arc<CaseRun>,
    scope: &'a mut Scope,
) -> BoxFuture<'a, Result<Option<Evidence>, Halt>> {
    Box::pin(async move {
        if !step.is_in(case.world.revision().as_str()) {
            return Ok(None);
        }
        if let Some(missing) = step
            .needs
            .iter()
            .find(|need| !case.world.target().target.has(&need.value))
        {
            case.skip_step(step, &missing.value);
            return Ok(None);
        }
        if let Kind::Judge(handle) = &step.kind
            && scope.evidence(&handle.value).is_none()
            && case.follow(step, &handle.value)
        {
            return Ok(None);
        }
        let started = Instant::now();
        if let Err(problem) = ready(step, &case.world, scope).await {
            return case.problem(step, &problem).map(|()| None);
        }
        let evidence = match repeated(step, case, scope).await {
            Ok(evidence) => evidence,
            Err(Stop::Problem(problem)) => return case.problem(step, &problem).map(|()| None),
            Err(Stop::Halt(halt)) => return Err(halt),
        };
        capture(step, case, scope, &evidence);
        if let Some(handle) = step.handle() {
            scope.keep(&handle.value, evidence.clone(), case.world.passed());
        }
        measure(step, case, scope, &evidence, started);
        if step.check.is_some() {
            case.judge(step, &evidence, scope, started);
        } else if let Some(expect) = &step.expect {
            let fill = Fill::new(&case.world, scope);
            let judgement = judge(expect, &evidence, &fill);
            case.prepared(step, &judgement, &evidence, &fill)?;
        }
        Ok(Some(evidence))
    })
}

/// Why a step ended without evidence.
enum Stop {
    Problem(Problem),
    Halt(Halt),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Stop::Problem(problem)
    }
}

impl From<Halt> for Stop {
    fn from(halt: Halt) -> Self {
        Stop::Halt(halt)
    }
}

async fn repeated(step: &Step, case: &Arc<CaseRun>, scope: &mut Scope) -> Result<Evidence, Stop> {
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

/// Once.
async fn act(step: &Step, case: &Arc<CaseRun>, scope: &mut Scope) -> Result<Evidence, Stop> {
    match &step.kind {
        Kind::Steps(inner) => {
            let before = scope.clone();
            let all = steps(inner, case, scope).await?;
            Ok(Evidence::Round {
                named: scope.handles_since(&before),
                all,
            })
        }
        Kind::Together(inner) => together(inner, case, scope).await,
        Kind::Use(call) => used(call, case, scope).await,
        Kind::Judge(handle) => scope.evidence(&handle.value).cloned().ok_or_else(|| {
            Stop::Problem(Problem::Unusable(format!(
                "`judge: {}`: that step has not run",
                handle.value
            )))
        }),
        Kind::Serve(ServeStep::From(handle)) => {
            let singles = heard(&handle.value, &case.world, scope)?;
            Ok(Evidence::Series(
                singles
                    .into_iter()
                    .map(|single| Evidence::One(Arc::new(single)))
                    .collect(),
            ))
        }
        _ => {
            let single = Arc::new(perform(step, &case.world, scope).await?);
            // A receiver of webhooks is not the server that rules about every answer are of.
            if !matches!(step.kind, Kind::Webhook(_)) {
                case.observed(&single, scope);
            }
            Ok(Evidence::One(single))
        }
    }
}

async fn together(inner: &[Step], case: &Arc<CaseRun>, scope: &mut Scope) -> Result<Evidence, Stop> {
    let before = scope.clone();
    let scopes = scope.branches(inner.len());
    let branches = join_all(inner.iter().zip(scopes).map(|(step, mut branch)| async move {
        one(step, case, &mut branch)
            .await
            .map(|evidence| (evidence, branch))
    }))
    .await;
    let mut all = Vec::new();
    for branch in branches {
        let (evidence, branch) = branch?;
        all.extend(evidence);
        scope.adopt(branch);
    }
    Ok(Evidence::Round {
        named: scope.handles_since(&before),
        all,
    })
}

async fn used(call: &UseStep, case: &Arc<CaseRun>, scope: &mut Scope) -> Result<Evidence, Stop> {
    let Some(scenario) = call.scenario.clone() else {
        return Err(Stop::Problem(Problem::Unusable(format!(
            "`{}` was not loaded",
            call.path.value
        ))));
    };
    let inputs = Fill::new(&case.world, scope)
        .members(call.with.iter().map(|(name, data)| (name.value.as_str(), data)));
    let mut inner = Scope::inside(inputs.map_err(Problem::from)?);
    let all = steps(&scenario.steps, case, &mut inner).await?;
    for name in &scenario.gives {
        if let Some(value) = inner.captured(&name.value) {
            scope.capture(&name.value, value.clone());
        }
    }
    Ok(Evidence::Round {
        named: BTreeMap::new(),
        all,
    })
}

fn capture(step: &Step, case: &CaseRun, scope: &mut Scope, evidence: &Evidence) {
    for (name, what) in &step.capture {
        let values: Vec<Value> = evidence
            .singles()
            .into_iter()
            .filter_map(|single| select(&what.selector, single, &Fill::new(&case.world, scope)).value())
            .map(|value| value.tainted(what.secret))
            .collect();
        if what.secret {
            for text in values.iter().filter_map(Value::text) {
                case.world.scrubber().learn(&name.value, &text);
            }
        }
        match (matches!(evidence, Evidence::One(_)), values.into_iter().next()) {
            (true, Some(value)) => scope.capture(&name.value, value),
            (true, None) => {}
            (false, _) => {
                let list: Vec<Value> = evidence
                    .singles()
                    .into_iter()
                    .filter_map(|single| {
                        select(&what.selector, single, &Fill::new(&case.world, scope)).value()
                    })
                    .collect();
                scope.capture(
                    &name.value,
                    Value::json(list.iter().map(Value::to_json).collect::<Vec<_>>()).tainted(what.secret),
                );
            }
        }
    }
}

fn measure(step: &Step, case: &CaseRun, scope: &Scope, evidence: &Evidence, started: Instant) {
    for measure in &step.measure {
        let from = measure.since.as_ref().and_then(|handle| scope.end(&handle.value));
        let fill = Fill::new(&case.world, scope);
        let ends: Vec<Duration> = match &measure.to {
            MeasureEnd::End => evidence
                .singles()
                .iter()
                .map(|single| span(single.span.1, from, single.span.0))
                .collect(),
            MeasureEnd::FirstByte => evidence
                .singles()
                .iter()
                .filter_map(|single| {
                    single
                        .exchange
                        .as_ref()?
                        .timing
                        .first_byte
                        .map(|byte| span(byte, from, single.span.0))
                })
                .collect(),
            MeasureEnd::Close => evidence
                .singles()
                .iter()
                .filter_map(|single| Some(span(single.ended()?.at, from, single.span.0)))
                .collect(),
            MeasureEnd::First(expect) => hits(evidence, expect, &fill)
                .first()
                .map(|end| span(*end, from, started))
                .into_iter()
                .collect(),
            MeasureEnd::Last(expect) => hits(evidence, expect, &fill)
                .last()
                .map(|end| span(*end, from, started))
                .into_iter()
                .collect(),
        };
        // What is still open took longer than was looked.
        let open = match &measure.to {
            MeasureEnd::Close => evidence.singles().len() - ends.len(),
            _ => 0,
        };
        case.measured(step, measure, (&ends, open), &fill);
    }
}

fn span(end: Instant, from: Option<Instant>, start: Instant) -> Duration {
    end.saturating_duration_since(from.unwrap_or(start))
}

fn hits(
    evidence: &Evidence,
    expect: &crate::scenario::model::Expect,
    around: &dyn Surroundings,
) -> Vec<Instant> {
    evidence
        .elements()
        .into_iter()
        .filter(|element| judge(expect, element, around).holds())
        .filter_map(Evidence::end)
        .collect()
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
