//! Chats over the files of a workspace: questions and their answers, kept for the account that asked.

use serde::Serialize;

use super::answers::Scoped;
use super::{Caller, Demand, GroundedAnswer, Mode, Platform, Refusal, stamp};

/// Messages a chat keeps; the oldest go first.
const KEPT: usize = 50;
/// Credits of a message.
const COST: u32 = 1;

/// One chat.
#[derive(Debug, Clone, Serialize)]
pub struct Chat {
    /// The account it belongs to.
    user: String,
    workspace: String,
    messages: Vec<ChatMessage>,
}

/// One question with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChatMessage {
    /// Opaque id.
    pub message_id: String,
    /// What was asked.
    pub question: String,
    /// When.
    pub created: String,
    /// `complete`: answers are there at once.
    pub state: &'static str,
    /// What was answered.
    #[serde(flatten)]
    pub said: GroundedAnswer,
}

impl Platform {
    /// Opens a chat with its first question; gives the chat's id with the answer.
    ///
    /// # Errors
    /// As for a question; 402 without a credit.
    pub fn open_chat(
        &mut self,
        caller: &Caller,
        now: i64,
        of: Scoped<'_>,
        question: &str,
    ) -> Result<(String, ChatMessage), Refusal> {
        let workspace = of
            .workspace
            .ok_or_else(|| Refusal::validation("profile_id", "is required"))?;
        let message = self.message(caller, now, of, question)?;
        let id = self.next_id("c");
        self.chats.insert(
            id.clone(),
            Chat {
                user: caller.user.clone(),
                workspace: workspace.to_owned(),
                messages: vec![message.clone()],
            },
        );
        Ok((id, message))
    }

    /// Goes on with a chat of the caller's own. Errors as for [`Platform::open_chat`]; 404 for any other's.
    pub fn continue_chat(
        &mut self,
        caller: &Caller,
        now: i64,
        (workspace, chat): (&str, &str),
        question: &str,
    ) -> Result<ChatMessage, Refusal> {
        self.permit(caller, &Demand::workspace(workspace, Mode::Rw))?;
        self.chat(caller, workspace, chat)?;
        let of = Scoped {
            workspace: Some(workspace),
            files: &[],
        };
        let message = self.message(caller, now, of, question)?;
        let chat = self.chats.get_mut(chat).ok_or_else(Refusal::not_found)?;
        if chat.messages.len() == KEPT {
            chat.messages.remove(0);
        }
        chat.messages.push(message.clone());
        Ok(message)
    }

    /// The messages of a chat of the caller's own, oldest first.
    pub fn chat_messages(
        &self,
        caller: &Caller,
        workspace: &str,
        chat: &str,
    ) -> Result<&[ChatMessage], Refusal> {
        self.permit(caller, &Demand::workspace(workspace, Mode::R))?;
        Ok(&self.chat(caller, workspace, chat)?.messages)
    }

    /// Somebody else's chat is as unknown as none.
    fn chat(&self, caller: &Caller, workspace: &str, id: &str) -> Result<&Chat, Refusal> {
        let own = |chat: &&Chat| chat.user == caller.user && chat.workspace == workspace;
        self.chats.get(id).filter(own).ok_or_else(Refusal::not_found)
    }

    fn message(
        &mut self,
        caller: &Caller,
        now: i64,
        of: Scoped<'_>,
        question: &str,
    ) -> Result<ChatMessage, Refusal> {
        let said = self.answer_question(caller, of, question)?;
        let place = of.workspace.and_then(|id| self.workspaces.get(id));
        if let Some(org) = place.map(|place| place.org.clone()) {
            self.spend(now, &org, COST)?;
        }
        Ok(ChatMessage {
            message_id: self.next_id("g"),
            question: question.to_owned(),
            created: stamp(now),
            state: "complete",
            said,
        })
    }
}
