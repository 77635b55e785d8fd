//! Names: references, captures, handles, principals, probes. Walks the steps in the order in which they run.

mod declared;
mod references;

use std::collections::BTreeSet;

use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::lint::visit::{self, Part};
use crate::scenario::lint::{Known, all_steps};
use crate::scenario::model::{
    AgentStep, Captured, ClauseKind, Data, Kind, LiveStep, Matcher, McpCall, MintSource, Scenario, Selector,
    ServeStep, Spanned, Step, Test, WebhookStep, Who,
};
use crate::scenario::suggest;

/// First names of references that are always there.
const ROOTS: &[&str] = &[
    "principal",
    "target",
    "case",
    "run",
    "fresh",
    "rule",
    "param",
    "with",
    "each",
    "round",
    "omit",
    "env",
    "own",
];

/// `${world.…}` of an agent file.
const WORLD: &str = "world";

pub(super) fn check(scenario: &Scenario, known: &Known, d: &mut Diagnostics) {
    let parts = [&scenario.given, &scenario.steps, &scenario.cleanup];
    let all: Vec<&Step> = parts.into_iter().flat_map(|steps| all_steps(steps)).collect();
    let mut walk = Walk {
        scenario,
        known,
        d,
        all_captures: all
            .iter()
            .flat_map(|step| &step.capture)
            .map(|(name, _)| name.value.clone())
            .collect(),
        all_handles: all
            .iter()
            .filter_map(|step| step.handle())
            .map(|name| name.value.clone())
            .collect(),
        // What the command is given, and where its world is.
        captures: scenario.agent().map(|_| WORLD.to_owned()).into_iter().collect(),
        handles: BTreeSet::new(),
        used: BTreeSet::new(),
        case_used: false,
        unlinked_use: false,
    };
    walk.who(scenario.who.as_ref());
    for axis in &scenario.matrix {
        visit::data(&axis.values, &mut |template| walk.template(template, false));
    }
    for case in &scenario.cases {
        for (name, value) in &case.values {
            if scenario.matrix.iter().any(|axis| axis.name.value == name.value) {
                walk.d.error(
                    "duplicate-name",
                    &name.at,
                    format!("`{}` is an axis of `matrix` too", name.value),
                );
            }
            visit::data(value, &mut |template| walk.template(template, false));
        }
    }
    for steps in parts {
        walk.steps(steps);
    }
    walk.leftovers(&all);
}

struct Walk<'s> {
    scenario: &'s Scenario,
    known: &'s Known,
    d: &'s mut Diagnostics,
    all_captures: BTreeSet<String>,
    all_handles: BTreeSet<String>,
    captures: BTreeSet<String>,
    handles: BTreeSet<String>,
    used: BTreeSet<String>,
    case_used: bool,
    unlinked_use: bool,
}

impl<'s> Walk<'s> {
    fn steps(&mut self, steps: &'s [Step]) {
        for step in steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &'s Step) {
        let each = step.each_of.is_some();
        // The answers of a listener may name its own address.
        if let (
            Kind::Serve(ServeStep::Routes { .. }) | Kind::Webhook(WebhookStep::Listen { .. }),
            Some(name),
        ) = (&step.kind, step.handle())
        {
            self.handles.insert(name.value.clone());
        }
        visit::before(step, &mut |template| self.template(template, each));
        self.who(step.who.as_ref());
        self.kind(step);
        self.members(step);
        for (name, captured) in &step.capture {
            self.captures.insert(name.value.clone());
            self.captured(captured, each);
        }
        if let Some(name) = step.handle() {
            self.handles.insert(name.value.clone());
        }
        for expectation in visit::expectations(step) {
            let mut parts = vec![];
            visit::expect(expectation, each, &mut |part| parts.push(part));
            self.parts(parts);
        }
        for measure in &step.measure {
            if let Some(since) = &measure.since {
                self.handle(since);
            }
            let mut parts = vec![];
            visit::measure(measure, &mut |part| parts.push(part));
            self.parts(parts);
        }
    }

    fn members(&mut self, step: &'s Step) {
        match &step.kind {
            Kind::Steps(steps) => self.steps(steps),
            // They happen at once: each may name the others, none may use what another captured.
            Kind::Together(steps) => {
                for name in all_steps(steps).iter().filter_map(|one| one.handle()) {
                    self.handles.insert(name.value.clone());
                }
                let before = self.captures.clone();
                let mut made = before.clone();
                for member in steps {
                    self.captures.clone_from(&before);
                    self.step(member);
                    made.append(&mut self.captures);
                }
                self.captures = made;
            }
            _ => {}
        }
    }

    fn kind(&mut self, step: &'s Step) {
        match &step.kind {
            Kind::Mcp(mcp) => {
                if let McpCall::Probe(probe) = &mcp.call {
                    self.probe(probe);
                }
                if let Some(session) = &mcp.session {
                    self.principal(session);
                }
            }
            Kind::Http(http) => {
                http.probe.iter().for_each(|probe| self.probe(probe));
                http.session.iter().for_each(|session| self.principal(session));
            }
            Kind::Wait(wait) => wait.since.iter().for_each(|since| self.handle(since)),
            Kind::Judge(of)
            | Kind::Serve(ServeStep::From(of))
            | Kind::Webhook(WebhookStep::From { inbox: of, .. }) => self.handle(of),
            Kind::Events(LiveStep::From(from)) | Kind::Socket(LiveStep::From(from)) => {
                self.handle(&from.handle);
            }
            Kind::Mint(mint) => {
                if let MintSource::Principal(name) = &mint.source {
                    self.principal(name);
                }
            }
            Kind::Use(used) => match &used.scenario {
                Some(scenario) => {
                    for name in &scenario.gives {
                        self.captures.insert(name.value.clone());
                    }
                }
                None => self.unlinked_use = true,
            },
            Kind::Events(LiveStep::Open(_))
            | Kind::Socket(LiveStep::Open(_))
            | Kind::Raw(_)
            | Kind::OAuth(_)
            | Kind::Serve(ServeStep::Routes { .. })
            | Kind::Webhook(_)
            | Kind::Do(_)
            | Kind::Exec(_)
            | Kind::Steps(_)
            | Kind::Together(_)
            | Kind::Observe(_) => {}
            Kind::Agent(agent) => self.agent(agent),
            Kind::Requests(selection) => {
                selection
                    .after
                    .iter()
                    .chain(&selection.before)
                    .for_each(|id| self.handle(id));
            }
            Kind::Ended(look) => look.after.iter().for_each(|id| self.handle(id)),
        }
    }

    /// The entries of a plan are moments that checks refer to, and one another.
    fn agent(&mut self, agent: &'s AgentStep) {
        for id in agent.world.plan.iter().filter_map(|entry| entry.id.as_ref()) {
            if !self.handles.insert(id.value.clone()) {
                let message = format!("the name `{}` is taken", id.value);
                self.d.error("duplicate-name", &id.at, message);
            }
        }
        for after in agent
            .world
            .plan
            .iter()
            .filter_map(|entry| entry.when.after.as_ref())
        {
            self.handle(after);
        }
        if let Some(principal) = &agent.world.principal {
            self.principal_name(&principal.value, &principal.at);
        }
    }

    fn captured(&mut self, captured: &'s Captured, in_each: bool) {
        if let Selector::JsonWith(path) = &captured.selector {
            self.template(path, in_each);
        }
        if let Selector::Since(step) = &captured.selector {
            self.handle(&Spanned {
                value: step.clone(),
                at: captured.at.clone(),
            });
        }
    }

    fn parts(&mut self, parts: Vec<Part<'s>>) {
        for part in parts {
            match part {
                Part::Template(template, in_each) => self.template(template, in_each),
                Part::Clause(ClauseKind::Of(step, _), _) => self.handle(step),
                Part::Clause(ClauseKind::Pace { of, like }, _) => {
                    of.iter().chain(like).for_each(|step| self.handle(step));
                }
                Part::Clause(ClauseKind::Is(Selector::Since(step), _), at) => {
                    self.handle(&Spanned {
                        value: step.clone(),
                        at: at.clone(),
                    });
                }
                Part::Clause(ClauseKind::Is(Selector::Answer, matcher), _) => self.answers(matcher),
                Part::Clause(ClauseKind::Is(Selector::Sees, matcher), _) => self.seen(matcher),
                Part::Clause(..) => {}
            }
        }
    }

    /// `same_as` of an answer names a step.
    fn answers(&mut self, matcher: &'s Matcher) {
        for test in &matcher.tests {
            if let Test::SameAs(Data::Text(template)) | Test::DiffersFrom(Data::Text(template)) = test {
                match template.as_literal() {
                    Some(name) => self.handle(&Spanned {
                        value: name.to_owned(),
                        at: template.at.clone(),
                    }),
                    None => self.template(template, false),
                }
            }
        }
    }

    /// `sees` names principals.
    fn seen(&mut self, matcher: &'s Matcher) {
        for test in &matcher.tests {
            match test {
                Test::Equals(Data::Text(template)) => self.principal(template),
                Test::OneOf(several) => several.iter().for_each(|one| self.seen(one)),
                Test::Not(inner) => self.seen(inner),
                _ => {}
            }
        }
    }

    fn who(&mut self, who: Option<&'s Who>) {
        if let Some(Who::Principal(template)) = who {
            self.principal(template);
        }
    }

    fn leftovers(&mut self, all: &[&Step]) {
        let gives = |name: &str| self.scenario.gives.iter().any(|given| given.value == name);
        let mut reported: BTreeSet<&str> = BTreeSet::new();
        for (name, _) in all.iter().flat_map(|step| &step.capture) {
            let fresh = reported.insert(&name.value);
            if fresh
                && !self.used.contains(&name.value)
                && !gives(&name.value)
                && !name.value.starts_with('_')
            {
                self.d
                    .warning(
                        "unused-capture",
                        &name.at,
                        format!("`{}` is captured and never used", name.value),
                    )
                    .help("remove it, or use it as `${…}`");
            }
        }
        for given in &self.scenario.gives {
            if !self.all_captures.contains(&given.value) {
                let near = suggest::nearest(&given.value, self.all_captures.iter().map(String::as_str));
                self.d
                    .error(
                        "unknown-name",
                        &given.at,
                        format!("no step captures `{}`", given.value),
                    )
                    .meant(near);
            }
        }
        if !self.case_used
            && let Some(case) = self.scenario.cases.iter().find(|case| !case.values.is_empty())
        {
            self.d
                .warning(
                    "unused-cases",
                    &case.id.at,
                    "no step reads a value of the rows: they all do the same",
                )
                .help("read them as `${case.NAME}`");
        }
    }
}
