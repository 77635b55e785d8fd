//! The authorization server of a target, and the token that the first look needs.

use std::sync::Arc;
use std::time::Instant;

use super::visit::LOOK;
use crate::expect::Canaries;
use crate::mcp::{Mirrored, Revision};
use crate::secret::{Scrubber, Secret};
use crate::step::{Accounts, Door, World, WorldParts, capabilities, look_up, obtain};
use crate::target::Resolved;
use crate::wire::Wire;

/// Looks the authorization server up and adds what follows from its metadata; a sentence for the report.
pub async fn authorize(wire: &Wire, resolved: &mut Resolved) -> Option<String> {
    resolved.oauth.as_ref()?;
    match look_up(wire, resolved).await {
        Ok(found) => {
            let capabilities = capabilities(&found.members);
            let declares = &mut Arc::make_mut(&mut resolved.target).declares;
            declares.extend(capabilities.iter().map(|&name| name.to_owned()));
            resolved.authority = Some(found.members.clone());
            resolved.resource = found.resource;
            Some(format!(
                "authorization server {}: {}",
                found.issuer,
                capabilities.join(", ")
            ))
        }
        Err(problem) => Some(format!("no authorization server: {problem}")),
    }
}

/// The first principal's token, where one must be obtained.
pub async fn first_token(
    wire: &Wire,
    resolved: &Resolved,
    (accounts, door): (&Arc<Accounts>, Option<Arc<dyn Door>>),
    scrubber: &Scrubber,
) -> Option<Result<Secret, String>> {
    let first = resolved.principals.first().filter(|one| one.oauth.is_some())?;
    let world = World::new(WorldParts {
        stage: None,
        target: Arc::new(resolved.clone()),
        canaries: Arc::new(Canaries::default()),
        wire: wire.clone(),
        scrubber: scrubber.clone(),
        accounts: accounts.clone(),
        door,
        revision: Revision::latest(),
        mirrored: Arc::new(Mirrored::new()),
        seed: 0,
        run_id: "look".to_owned(),
        case: "discovery".to_owned(),
        deadline: Instant::now() + LOOK,
        params: std::collections::BTreeMap::new(),
    });
    Some(
        obtain(&first.name, &world)
            .await
            .map_err(|problem| problem.to_string()),
    )
}
