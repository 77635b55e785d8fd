//! Names of what the target or an earlier step declares: principals, probes, handles.

use super::Walk;
use crate::scenario::model::{At, Spanned, Template};
use crate::scenario::suggest;

impl Walk<'_> {
    pub(super) fn principal(&mut self, template: &Template) {
        if let Some(name) = template.as_literal() {
            self.principal_name(name, &template.at);
        }
    }

    pub(super) fn principal_name(&mut self, name: &str, at: &At) {
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

    pub(super) fn probe(&mut self, template: &Template) {
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
    pub(super) fn handle(&mut self, name: &Spanned<String>) {
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
}
