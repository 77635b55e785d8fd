//! Intents: what an agent announces it will do, kept under a handle that answers to the same account alone.

use serde::Serialize;

use super::{Caller, Demand, Mode, Platform, Refusal};

/// One announcement.
#[derive(Debug, Clone, Serialize)]
pub struct Intent {
    /// The account that announced it.
    pub user: String,
    /// Where.
    pub workspace: String,
    /// Who, with the canary of the account.
    pub agent: String,
}

/// One announcement as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IntentView {
    /// The handle.
    pub id: String,
    /// Where.
    pub workspace_id: String,
    /// Who.
    pub agent_name: String,
}

impl Platform {
    /// Takes a slot in a workspace.
    pub fn allocate_intent(&mut self, caller: &Caller, workspace: &str) -> Result<IntentView, Refusal> {
        self.permit(caller, &Demand::workspace(workspace, Mode::Rw))?;
        let id = self.next_id("i");
        let intent = Intent {
            user: caller.user.clone(),
            workspace: workspace.to_owned(),
            agent: format!("{} {}", caller.agent_name, caller.canary),
        };
        let view = view(&id, &intent);
        self.intents.insert(id, intent);
        Ok(view)
    }

    /// What a handle stands for. Somebody else's is as unknown as none.
    pub fn expand_intent(&self, caller: &Caller, id: &str) -> Result<IntentView, Refusal> {
        self.permit(caller, &Demand::own())?;
        let intent = self.own_intent(caller, id).ok_or_else(Refusal::not_found)?;
        Ok(view(id, intent))
    }

    /// The slots of the caller's own account in a workspace.
    pub fn own_intents(&self, caller: &Caller, workspace: &str) -> Result<Vec<IntentView>, Refusal> {
        self.permit(caller, &Demand::workspace(workspace, Mode::R))?;
        let own = |intent: &Intent| intent.user == caller.user && intent.workspace == workspace;
        let intents = self.intents.iter().filter(|(_, intent)| own(intent));
        Ok(intents.map(|(id, intent)| view(id, intent)).collect())
    }

    /// Gives a slot back.
    pub fn release_intent(&mut self, caller: &Caller, id: &str) -> Result<(), Refusal> {
        self.permit(caller, &Demand::own())?;
        self.own_intent(caller, id).ok_or_else(Refusal::not_found)?;
        self.intents.remove(id);
        Ok(())
    }

    fn own_intent(&self, caller: &Caller, id: &str) -> Option<&Intent> {
        self.intents
            .get(id)
            .filter(|intent| intent.user == caller.user || self.switches.scopes.handle_not_bound)
    }
}

fn view(id: &str, intent: &Intent) -> IntentView {
    IntentView {
        id: id.to_owned(),
        workspace_id: intent.workspace.clone(),
        agent_name: intent.agent.clone(),
    }
}
