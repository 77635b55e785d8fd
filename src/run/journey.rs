//! A scenario as something that a caller does again and again under load: judged as a case is, and told in one word.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use hallmark_reports::record::Verdict;
use serde_json::Value as Json;

use super::case;
use super::observe::Observers;
use super::plan::{Instance, Plan};
use super::schedule::{Context, params};
use super::setup::Setup;
use super::subject::plan_for;
use crate::mcp::Revision;
use crate::scenario::model::Scenario;
use crate::step::{World, WorldParts};
use crate::target::Resolved;

/// The cases of a scenario, one after another.
pub struct Journey {
    instances: Vec<Instance>,
    context: Arc<Context>,
    params: BTreeMap<String, Json>,
    next: AtomicUsize,
}

impl std::fmt::Debug for Journey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journey")
            .field("cases", &self.instances.len())
            .finish_non_exhaustive()
    }
}

impl Journey {
    /// The cases that apply in that revision; why there are none, where that is so.
    pub async fn of(
        scenario: &Arc<Scenario>,
        revision: Revision,
        target: &Resolved,
        setup: &Setup,
    ) -> Result<Self, String> {
        if scenario.observes() || scenario.agent().is_some() {
            return Err(format!(
                "`{}` is no journey: it does not call the server",
                scenario.id
            ));
        }
        let plan = plan_for(std::slice::from_ref(scenario), &[revision], &setup.subject).await?;
        let (able, unable): (Vec<Instance>, Vec<Instance>) = plan
            .instances
            .into_iter()
            .partition(|instance| instance.skip.is_none());
        if able.is_empty() {
            let why = unable.into_iter().find_map(|instance| instance.skip);
            let why = why.map_or_else(|| "it has no case".to_owned(), |skip| skip.why);
            return Err(format!("`{}` does not apply: {why}", scenario.id));
        }
        let settings = &setup.settings;
        let context = Context {
            rules: Arc::clone(&setup.rules),
            strict: settings.strict,
            profile: settings.profile,
            slow: true,
            started: Instant::now(),
            observers: Observers::of(&Plan::default()),
            repeat: settings.repeat.clone(),
            repeat_end: settings.repeat_end.clone(),
        };
        Ok(Self {
            instances: able,
            context: Arc::new(context),
            params: params(scenario, &setup.rules, target),
            next: AtomicUsize::new(0),
        })
    }

    /// Goes through the next case in a world of its own; the first thing that did not hold.
    pub async fn go(&self, parts: WorldParts) -> Result<(), String> {
        let place = self.next.fetch_add(1, Ordering::Relaxed) % self.instances.len();
        let instance = self.instances[place].clone();
        let parts = WorldParts {
            params: self.params.clone(),
            ..parts
        };
        let world = Arc::new(World::new(parts));
        let done = case::run(instance, Arc::clone(&self.context), world, true).await;
        let bad = |verdict| matches!(verdict, Verdict::Failed | Verdict::Errored | Verdict::NotTestable);
        match done.checks.into_iter().find(|check| bad(check.verdict)) {
            None => Ok(()),
            Some(check) => Err(format!("{}: {}", check.id, check.message.as_str())),
        }
    }
}
