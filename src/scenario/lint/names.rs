//! Names: references, captures, handles, principals, probes. Walks the steps in the order in which they run.

use std::collections::BTreeSet;

use super::visit::{self, Part};
use super::{Known, all_steps};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::{
    At, Captured, ClauseKind, Data, Kind, Matcher, McpCall, Reference, Scenario, Selector, Spanned, Step,
    Template, Test, Who,
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
];

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
        captures: BTreeSet::new(),
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
        visit::before(step, &mut |template| self.template(template, each));
        self.who(step.who.as_ref());
        self.kind(step);
        self.members(step);
        for (name, captured) in &step.capture {
            self.captures.insert(name.value.clone());
            self.captured(captured);
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
            Kind::Judge(of) => self.handle(of),
            Kind::Use(used) => match &used.scenario {
                Some(scenario) => {
                    for name in &scenario.gives {
                        self.captures.insert(name.value.clone());
                    }
                }
                None => self.unlinked_use = true,
            },
            Kind::Raw(_)
            | Kind::Do(_)
            | Kind::Exec(_)
            | Kind::Steps(_)
            | Kind::Together(_)
            | Kind::Observe(_) => {}
        }
    }

    fn captured(&mut self, captured: &Captured) {
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

    fn principal(&mut self, template: &Template) {
        if let Some(name) = template.as_literal() {
            self.principal_name(name, &template.at);
        }
    }

    fn principal_name(&mut self, name: &str, at: &At) {
        let Some(principals) = &self.known.principals else {
            return;
        };
        if name == "nobody" || principals.contains(name) {
            return;
        }
        let names = principals.iter().map(String::as_str).chain(["nobody"]);
        let near = suggest::nearest(name, names.clone());
        self.d
            .error(
                "unknown-principal",
                at,
                format!("the target has no principal `{name}`"),
            )
            .help(format!("principals: {}", suggest::listed(names)))
            .meant(near);
    }

    fn probe(&mut self, template: &Template) {
        let (Some(name), Some(probes)) = (template.as_literal(), &self.known.probes) else {
            return;
        };
        if probes.contains(name) {
            return;
        }
        let near = suggest::nearest(name, probes.iter().map(String::as_str));
        self.d
            .error(
                "unknown-probe",
                &template.at,
                format!("the target has no probe `{name}`"),
            )
            .help(format!(
                "probes: {}",
                suggest::listed(probes.iter().map(String::as_str))
            ))
            .meant(near);
    }

    /// A step named where it must have run before.
    fn handle(&mut self, name: &Spanned<String>) {
        if self.handles.contains(&name.value) {
            return;
        }
        if self.all_handles.contains(&name.value) {
            let message = format!("the step `{}` has not run at this point", name.value);
            self.d
                .error("handle-too-early", &name.at, message)
                .help("name an earlier step, or move this one down");
            return;
        }
        let near = suggest::nearest(&name.value, self.all_handles.iter().map(String::as_str));
        self.d
            .error(
                "unknown-step",
                &name.at,
                format!("no step is called `{}`", name.value),
            )
            .help("`id: slug` or `check: slug` names a step")
            .meant(near);
    }

    fn template(&mut self, template: &Template, in_each: bool) {
        for reference in template.references() {
            self.reference(reference, template, in_each);
        }
    }

    fn reference(&mut self, reference: &Reference, template: &Template, in_each: bool) {
        let at = template.place_of(reference);
        let path: Vec<&str> = reference.path.iter().map(String::as_str).collect();
        let Some((&root, rest)) = path.split_first() else {
            return;
        };
        if self.captures.contains(root) {
            self.used.insert(root.to_owned());
            return;
        }
        if self.all_captures.contains(root) {
            self.used.insert(root.to_owned());
            self.d
                .error(
                    "capture-too-early",
                    &at,
                    format!("`{root}` is captured later than it is used here"),
                )
                .help("move the step that captures it up");
            return;
        }
        match root {
            "principal" => self.principal_reference(rest, &at),
            "case" => self.case_reference(rest, &at),
            "run" => self.member(root, rest, &["id", "seed", "revision", "now"], &at),
            "fresh" => self.fresh(rest, &at),
            "with" => self.input(rest, &at),
            "each" if !in_each => {
                self.d
                    .error("unknown-name", &at, "there is no `${each}` here")
                    .help("it exists in a step with `each_of`, and inside a quantifier");
            }
            "env" => {
                self.d
                    .error("env-in-scenario", &at, "a scenario does not read the environment")
                    .help("the target file does: give a principal `bearer: \"${env.NAME}\"` and use `${principal.NAME.token}`");
            }
            "target" | "rule" | "param" if rest.is_empty() => {
                self.d
                    .error("unknown-name", &at, format!("`{root}` alone names nothing"))
                    .help(match root {
                        "target" => "for example `${target.mcp.url}`",
                        "rule" => "for example `${rule.param.NAME}`",
                        _ => "for example `${param.NAME}`",
                    });
            }
            "rule" => self.member(root, rest, &["param"], &at),
            "target" | "param" | "each" | "omit" | "round" => {}
            _ if self.handles.contains(root) => {}
            _ => self.unknown_root(root, &at),
        }
    }

    fn unknown_root(&mut self, root: &str, at: &At) {
        if self.all_handles.contains(root) {
            self.handle(&Spanned {
                value: root.to_owned(),
                at: at.clone(),
            });
            return;
        }
        if self.unlinked_use {
            return;
        }
        let case_value = self.case_names().contains(root).then(|| format!("case.{root}"));
        let names = ROOTS
            .iter()
            .copied()
            .chain(self.all_captures.iter().map(String::as_str));
        let near = suggest::nearest(root, names.chain(self.all_handles.iter().map(String::as_str)));
        let near = case_value.or_else(|| near.map(str::to_owned));
        self.d
            .error("unknown-name", at, format!("there is no `{root}` here"))
            .help("a capture, a step, or one of principal, target, case, run, fresh, rule, param, with, each, round, omit")
            .meant(near.as_deref());
    }

    fn member(&mut self, root: &str, rest: &[&str], known: &[&str], at: &At) {
        let name = rest.first().copied().unwrap_or("");
        if known.contains(&name) {
            return;
        }
        let near = suggest::nearest(name, known.iter().copied());
        let near = near.map(|near| format!("{root}.{near}"));
        self.d
            .error("unknown-name", at, format!("`{root}` has no `{name}`"))
            .help(format!(
                "`{root}.` is followed by one of: {}",
                suggest::listed(known.iter().copied())
            ))
            .meant(near.as_deref());
    }

    fn principal_reference(&mut self, rest: &[&str], at: &At) {
        let [name, more @ ..] = rest else {
            self.d
                .error("unknown-name", at, "`principal` alone names nothing")
                .help("`${principal.NAME.token}`");
            return;
        };
        self.principal_name(name, at);
        self.member(
            &format!("principal.{name}"),
            more,
            &["token", "scopes", "canary", "name"],
            at,
        );
    }

    fn fresh(&mut self, rest: &[&str], at: &At) {
        self.member("fresh", rest, &["uuid", "token", "hex", "int"], at);
        if rest.len() == 1 {
            self.d
                .error(
                    "unknown-name",
                    at,
                    "a fresh value has a name: the same name is the same value within a case",
                )
                .help(format!("`${{fresh.{}.a}}`", rest[0]));
        }
    }

    fn input(&mut self, rest: &[&str], at: &At) {
        let name = rest.first().copied().unwrap_or("");
        let inputs = &self.scenario.inputs;
        if inputs.iter().any(|input| input.value == name) {
            return;
        }
        let near = suggest::nearest(name, inputs.iter().map(|input| input.value.as_str()));
        let near = near.map(|near| format!("with.{near}"));
        self.d
            .error("unknown-name", at, format!("this scenario has no input `{name}`"))
            .help(format!("declare it: `inputs: [{name}]`"))
            .meant(near.as_deref());
    }

    fn case_names(&self) -> BTreeSet<&'s str> {
        let rows = self
            .scenario
            .cases
            .iter()
            .flat_map(|case| &case.values)
            .map(|(name, _)| name.value.as_str());
        rows.chain(self.scenario.matrix.iter().map(|axis| axis.name.value.as_str()))
            .collect()
    }

    fn case_reference(&mut self, rest: &[&str], at: &At) {
        self.case_used = true;
        let name = rest.first().copied().unwrap_or("");
        let names = self.case_names();
        if self.scenario.cases.is_empty() && self.scenario.matrix.is_empty() {
            self.d
                .error("unknown-name", at, "this scenario has no rows")
                .help("add `cases:` or `matrix:`");
            return;
        }
        if name == "id" {
            return;
        }
        if !names.contains(name) {
            let near = suggest::nearest(name, names.iter().copied()).map(|near| format!("case.{near}"));
            self.d
                .error("unknown-name", at, format!("no row has a value `{name}`"))
                .help(format!("values: {}", suggest::listed(names.iter().copied())))
                .meant(near.as_deref());
            return;
        }
        if self.scenario.matrix.iter().any(|axis| axis.name.value == name) {
            return;
        }
        let has = |values: &[(Spanned<String>, Data)]| values.iter().any(|(held, _)| held.value == name);
        let rows = self.scenario.cases.iter().filter(|case| !has(&case.values));
        let missing: Vec<&str> = rows.map(|case| case.id.value.as_str()).collect();
        if !missing.is_empty() {
            self.d
                .error(
                    "row-without-value",
                    at,
                    format!("not every row has `{name}`: {}", missing.join(", ")),
                )
                .help(format!("give these rows a value, or `{name}: \"${{omit}}\"`"));
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
