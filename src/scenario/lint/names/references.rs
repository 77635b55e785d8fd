//! References inside templates: `${root.name}`, and what each root holds.

use std::collections::BTreeSet;

use super::{ROOTS, Walk};
use crate::scenario::model::{At, Data, Reference, Spanned, Template};
use crate::scenario::suggest;

impl<'s> Walk<'s> {
    pub(super) fn template(&mut self, template: &Template, in_each: bool) {
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
            "own" => self.member(root, rest, &["jwk"], &at),
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
            .help("a capture, a step, or one of principal, target, case, run, fresh, rule, param, with, each, round, own, omit")
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
            &["token", "scopes", "canary", "name", "user", "password"],
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
}
