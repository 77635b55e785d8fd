//! The templates of a step, part by part.

mod agent;

use crate::scenario::model::{
    Aim, Alternative, ClauseKind, Count, Data, DeliveryContent, Expect, HeaderValue, Headers, Kind, LiveStep,
    Matcher, McpCall, Measure, MeasureEnd, MintSource, MintStep, OAuthAct, OAuthStep, RawStep, Route, Said,
    Selector, Sending, ServeStep, Spanned, Step, Template, Test, Time, WebhookStep, Who,
};

/// The steps inside a group.
pub(super) fn members(step: &Step) -> &[Step] {
    match &step.kind {
        Kind::Steps(steps) | Kind::Together(steps) => steps,
        _ => &[],
    }
}

/// Templates that are read before a step acts.
pub(super) fn before<'s>(step: &'s Step, see: &mut dyn FnMut(&'s Template)) {
    who(step.who.as_ref(), see);
    if let Some(over) = &step.over {
        over.http.iter().for_each(&mut *see);
    }
    headers(&step.headers, see);
    for time in [&step.every, &step.lasting].into_iter().flatten() {
        moment(time, see);
    }
    step.each_of.iter().for_each(&mut *see);
    for count in [&step.copies, &step.times].into_iter().flatten() {
        if let Count::Reference(template) = count {
            see(template);
        }
    }
    kind(&step.kind, see);
}

fn kind<'s>(kind: &'s Kind, see: &mut dyn FnMut(&'s Template)) {
    match kind {
        Kind::Http(http) => {
            for template in [&http.method, &http.url, &http.probe, &http.body]
                .into_iter()
                .flatten()
            {
                see(template);
            }
            aim(http.aim.as_ref(), see);
            http.json.iter().for_each(|json| data(json, see));
            for part in [&http.with, &http.query, &http.form] {
                entries(part, see);
            }
            http.read.iter().for_each(|time| moment(time, see));
            http.session.iter().for_each(&mut *see);
        }
        Kind::Raw(RawStep::Parts { head, body }) => {
            see(head);
            body.iter().for_each(see);
        }
        Kind::Raw(RawStep::Bytes(bytes)) => see(bytes),
        Kind::Mcp(mcp) => {
            match &mcp.call {
                McpCall::Probe(probe) => see(probe),
                McpCall::Tool {
                    tool: name,
                    arguments: payload,
                }
                | McpCall::Method {
                    method: name,
                    params: payload,
                } => {
                    see(name);
                    if let Some(payload) = payload {
                        data(payload, see);
                    }
                }
            }
            aim(mcp.aim.as_ref(), see);
            mcp.session.iter().for_each(&mut *see);
            for part in [&mcp.with, &mcp.query, &mcp.envelope] {
                entries(part, see);
            }
            for payload in [&mcp.capabilities, &mcp.meta].into_iter().flatten() {
                data(payload, see);
            }
            mcp.read.iter().for_each(|time| moment(time, see));
        }
        Kind::OAuth(oauth) => self::oauth(oauth, see),
        Kind::Mint(mint) => self::mint(mint, see),
        Kind::Serve(ServeStep::Routes { routes, .. }) => {
            for (_, answer) in routes {
                route(answer, see);
            }
        }
        Kind::Webhook(step) => webhook(step, see),
        Kind::Wait(wait) => moment(&wait.lasting, see),
        Kind::Do(act) => data(&act.object, see),
        Kind::Use(used) => entries(&used.with, see),
        Kind::Exec(exec) => exec.argv.iter().chain(&exec.stdin).for_each(see),
        Kind::Events(step) | Kind::Socket(step) => live(step, see),
        Kind::Agent(step) => agent::step(step, see),
        Kind::Requests(selection) => agent::selection(selection, see),
        Kind::Serve(ServeStep::From(_))
        | Kind::Ended(_)
        | Kind::Steps(_)
        | Kind::Together(_)
        | Kind::Judge(_)
        | Kind::Observe(_) => {}
    }
}

fn live<'s>(step: &'s LiveStep, see: &mut dyn FnMut(&'s Template)) {
    match step {
        LiveStep::Open(open) => {
            see(&open.name);
            aim(open.aim.as_ref(), see);
            entries(&open.with, see);
            entries(&open.query, see);
        }
        LiveStep::From(from) => match &from.send {
            Some(Said::Written(payload)) => data(payload, see),
            Some(Said::Message { name, with, aim: at }) => {
                see(name);
                aim(at.as_ref(), see);
                entries(with, see);
            }
            None => {}
        },
    }
}

fn oauth<'s>(step: &'s OAuthStep, see: &mut dyn FnMut(&'s Template)) {
    for payload in [&step.client, &step.token].into_iter().flatten() {
        data(payload, see);
    }
    step.auth.iter().chain(&step.send).for_each(&mut *see);
    match &step.act {
        OAuthAct::Discover { what, of } => std::iter::once(what).chain(of).for_each(see),
        OAuthAct::Register(metadata) => data(metadata, see),
        OAuthAct::Visit(url) => see(url),
        OAuthAct::Revoke { token, hint } | OAuthAct::Introspect { token, hint } => {
            std::iter::once(token).chain(hint).for_each(see);
        }
        OAuthAct::Grant(grant) => {
            see(&grant.kind);
            let texts = [
                &grant.redirect_uri,
                &grant.code,
                &grant.verifier,
                &grant.refresh_token,
                &grant.stop_at,
                &grant.decision,
                &grant.consent,
                &grant.browser,
            ];
            texts.into_iter().flatten().for_each(&mut *see);
            let payloads = [
                &grant.scopes,
                &grant.resource,
                &grant.narrow,
                &grant.authorize,
                &grant.assertion,
            ];
            for payload in payloads.into_iter().flatten() {
                data(payload, see);
            }
        }
    }
}

fn mint<'s>(mint: &'s MintStep, see: &mut dyn FnMut(&'s Template)) {
    let (MintSource::Token(source) | MintSource::Principal(source)) = &mint.source;
    see(source);
    let payloads = [&mint.header, &mint.claims, &mint.sign];
    for payload in payloads.into_iter().flatten() {
        data(payload, see);
    }
    // These read `${header}` and `${payload}` too, which exist nowhere else.
    if let Some(raw) = &mint.raw {
        data(raw, &mut |template| {
            let own = |name: &String| ["header", "payload"].contains(&name.as_str());
            if template
                .references()
                .all(|one| one.path.first().is_none_or(|name| !own(name)))
            {
                see(template);
            }
        });
    }
}

fn webhook<'s>(step: &'s WebhookStep, see: &mut dyn FnMut(&'s Template)) {
    match step {
        WebhookStep::Listen {
            scheme,
            answers,
            challenge,
        } => {
            see(scheme);
            if let Some(answer) = challenge {
                see(&answer.echo);
                answer.status.iter().chain(&answer.body).for_each(&mut *see);
                entries(&answer.headers, see);
            }
            for answer in answers {
                answer.status.iter().for_each(&mut *see);
                entries(&answer.headers, see);
                answer.after.iter().for_each(|time| moment(time, see));
            }
        }
        WebhookStep::From { secret, .. } => secret.iter().for_each(|secret| data(secret, see)),
        WebhookStep::Send(sending) => self::sending(sending, see),
    }
}

fn sending<'s>(sending: &'s Sending, see: &mut dyn FnMut(&'s Template)) {
    see(&sending.event);
    let texts = [
        &sending.id,
        &sending.event_id,
        &sending.subscription,
        &sending.timestamp,
        &sending.size,
        &sending.scheme,
        &sending.to,
        &sending.names,
    ];
    texts.into_iter().flatten().for_each(&mut *see);
    match &sending.content {
        Some(DeliveryContent::Body(text) | DeliveryContent::Bytes(text)) => see(text),
        Some(DeliveryContent::Json(json)) => data(json, see),
        None => {}
    }
    sending.sign.iter().for_each(|sign| data(sign, see));
}

fn route<'s>(route: &'s Route, see: &mut dyn FnMut(&'s Template)) {
    route.status.iter().chain(&route.body).for_each(&mut *see);
    entries(&route.headers, see);
    route.json.iter().for_each(|json| data(json, see));
}

fn aim<'s>(aim: Option<&'s Aim>, see: &mut dyn FnMut(&'s Template)) {
    match aim {
        Some(Aim::At(place) | Aim::Like(place)) => see(place),
        None => {}
    }
}

pub(super) fn who<'s>(who: Option<&'s Who>, see: &mut dyn FnMut(&'s Template)) {
    match who {
        Some(Who::Principal(template) | Who::Token(template)) => see(template),
        None => {}
    }
}

fn headers<'s>(headers: &'s Headers, see: &mut dyn FnMut(&'s Template)) {
    match headers {
        Headers::Derived => {}
        Headers::Lines(lines) => lines.iter().for_each(see),
        Headers::Reference(template) => see(template),
        Headers::Map(map) => {
            for (_, value) in map {
                match value {
                    HeaderValue::One(template) => see(template),
                    HeaderValue::Many(lines) => lines.iter().for_each(&mut *see),
                }
            }
        }
    }
}

pub(super) fn moment<'s>(time: &'s Time, see: &mut dyn FnMut(&'s Template)) {
    if let Time::Reference(template) = time {
        see(template);
    }
}

pub(super) fn entries<'s>(map: &'s [(Spanned<String>, Data)], see: &mut dyn FnMut(&'s Template)) {
    for (_, value) in map {
        data(value, see);
    }
}

pub(super) fn data<'s>(value: &'s Data, see: &mut dyn FnMut(&'s Template)) {
    match value {
        Data::Text(template) => see(template),
        Data::List(items, _) => items.iter().for_each(|item| data(item, see)),
        Data::Map(map, _) => entries(map, see),
        Data::Null(_) | Data::Bool(..) | Data::Number(..) => {}
    }
}

/// The expectations of a step: what it observes, `until`, `expect`, `or`, ends of measures.
pub(super) fn expectations(step: &Step) -> Vec<&Expect> {
    let ends = step.measure.iter().filter_map(|measure| match &measure.to {
        MeasureEnd::First(expect) | MeasureEnd::Last(expect) => Some(expect),
        MeasureEnd::End | MeasureEnd::FirstByte | MeasureEnd::Close => None,
    });
    let alternatives = step.or.iter().map(|one: &Alternative| &one.expect);
    let observed = match &step.kind {
        Kind::Observe(observed) => Some(observed),
        Kind::Requests(selection) => selection.that.as_ref(),
        _ => None,
    };
    observed
        .into_iter()
        .chain(&step.until)
        .chain(&step.expect)
        .chain(alternatives)
        .chain(ends)
        .collect()
}

/// What an expectation holds, from the outside in.
pub(super) enum Part<'s> {
    /// A clause, before what it holds.
    Clause(&'s ClauseKind, &'s crate::scenario::model::At),
    /// A template of a matcher; `true` where `${each}` is known.
    Template(&'s Template, bool),
}

pub(super) fn expect<'s>(expectation: &'s Expect, in_each: bool, see: &mut dyn FnMut(Part<'s>)) {
    for clause in &expectation.clauses {
        see(Part::Clause(&clause.kind, &clause.at));
        match &clause.kind {
            ClauseKind::Is(Selector::Answer, _) | ClauseKind::Pace { .. } => {}
            ClauseKind::Is(_, tests) | ClauseKind::Entropy { bits: tests, .. } | ClauseKind::Gaps(tests) => {
                matcher(tests, in_each, see);
            }
            ClauseKind::Each(inner)
            | ClauseKind::Any(inner)
            | ClauseKind::None(inner)
            | ClauseKind::First(inner)
            | ClauseKind::Last(inner)
            | ClauseKind::Median(inner)
            | ClauseKind::Event(inner)
            | ClauseKind::Frame(inner)
            | ClauseKind::Forms(inner) => expect(inner, true, see),
            ClauseKind::Of(_, inner) => expect(inner, in_each, see),
            ClauseKind::Count { of, within, is } => {
                if let Some(within) = within {
                    data(within, &mut |template| see(Part::Template(template, in_each)));
                }
                if let Some(of) = of {
                    expect(of, true, see);
                }
                matcher(is, in_each, see);
            }
        }
    }
}

pub(super) fn measure<'s>(measure: &'s Measure, see: &mut dyn FnMut(Part<'s>)) {
    measure
        .matcher
        .iter()
        .for_each(|tests| matcher(tests, false, see));
}

fn matcher<'s>(matcher_: &'s Matcher, in_each: bool, see: &mut dyn FnMut(Part<'s>)) {
    for test in &matcher_.tests {
        let mut payload =
            |value: &'s Data| data(value, &mut |template| see(Part::Template(template, in_each)));
        match test {
            Test::Equals(value)
            | Test::Contains(value)
            | Test::Lacks(value)
            | Test::Compare(_, value)
            | Test::DiffersFrom(value)
            | Test::Fits(value)
            | Test::SameAs(value) => payload(value),
            Test::Near(to, by) => {
                payload(to);
                payload(by);
            }
            Test::OneOf(several) => several.iter().for_each(|one| matcher(one, in_each, see)),
            Test::Not(inner) | Test::Length(inner) | Test::Bytes(inner) | Test::Quantified(_, inner) => {
                matcher(inner, in_each, see);
            }
            Test::Members(held) => held.iter().for_each(|(_, inner)| matcher(inner, in_each, see)),
            Test::Range(..)
            | Test::StatusClass(_)
            | Test::Matches(_)
            | Test::Exists(_)
            | Test::Type(_)
            | Test::Except(_)
            | Test::Grows(_) => {}
        }
    }
}
