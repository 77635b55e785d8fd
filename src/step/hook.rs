//! Acts of `do` by the means the target file declares: `hooks: { revoke: … }`.

use std::collections::BTreeMap;
use std::time::Instant;

use super::act::silent;
use super::{Fill, Problem, Scope, exec, http, mcp};
use crate::expect::{Outcome, Single, Value};
use crate::scenario::model::{ExecStep, Step, Template, Who};
use crate::target::{Call, Hook, Verb};

/// Carries out the hook of a verb; `None` when the target declares none.
///
/// The hook reads `${with.object}`, `${with.token}` where the object names a principal, and `${with.scopes}` where the
/// act is `set-scopes`, `${with.how}` where it is `break`.
pub(super) async fn perform(
    verb: &str,
    object: &Value,
    step: &Step,
    fill: Fill<'_>,
) -> Option<Result<Single, Problem>> {
    let hook = fill.world.target().target.hooks.get(&Verb::parse(verb)?)?;
    let mut inputs = BTreeMap::new();
    let mut object = object.clone();
    if verb == "set-scopes" {
        match super::door::scopes_of(&object.to_json()) {
            Ok((name, scopes)) => {
                inputs.insert("scopes".to_owned(), Value::json(scopes));
                object = Value::json(name);
            }
            Err(problem) => return Some(Err(Problem::Unusable(problem.to_string()))),
        }
    }
    if verb == "break" {
        match super::door::fault_of(&object.to_json()) {
            Ok((what, how)) => {
                inputs.insert("how".to_owned(), Value::json(how));
                object = Value::json(what);
            }
            Err(problem) => return Some(Err(Problem::Unusable(problem.to_string()))),
        }
    }
    inputs.insert("object".to_owned(), object.clone());
    let named = match object.text() {
        Some(name) => Some(name),
        None => object
            .to_json()
            .get("who")
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned),
    };
    let principal = named.and_then(|name| fill.world.target().principal(&name));
    if let Some(token) = principal.and_then(|principal| principal.bearer.as_ref()) {
        inputs.insert("token".to_owned(), Value::json(token.expose()).tainted(true));
    }
    let scope = Scope::inside(inputs);
    let inner = Fill::new(fill.world, &scope);
    let start = Instant::now();
    let result = match hook {
        Hook::Exec(argv) => {
            exec::perform(
                &ExecStep {
                    argv: argv.clone(),
                    stdin: None,
                },
                step.timeout,
                inner,
            )
            .await
        }
        Hook::Call(call, who) => {
            let mut step = step.clone();
            step.who = who
                .as_ref()
                .map(|name| Who::Principal(Template::literal(name.value.clone(), name.at.clone())));
            match &**call {
                Call::Http(call) => http::call(&step, call, inner).await,
                call => mcp::call(&step, call, inner).await,
            }
        }
    };
    Some(result.and_then(|single| {
        if single.outcome == Outcome::Done {
            return Ok(silent(start));
        }
        Err(Problem::Failed(format!(
            "the target's hook to {verb} ended {}",
            single.outcome
        )))
    }))
}
