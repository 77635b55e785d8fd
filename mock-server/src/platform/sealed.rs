//! What is handed out and must come back untouched: cursors and download tokens. Both are readable by whoever holds
//! them and bound to their caller or their end by a seal. The tokens of locks are nothing but such a seal.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Caller, Flaw, Mode, Platform, Refusal};

/// How long a download token works, in seconds.
const TOKEN_LIFE: i64 = 300;

/// Where a listing goes on.
pub(super) struct Resumed {
    /// The workspace it lists.
    pub(super) workspace: String,
    /// The last node of the page before.
    pub(super) after: String,
}

/// What a download token says.
struct Opened {
    /// Workspace and node.
    file: (String, String),
    /// Unix seconds.
    end: i64,
    /// The credential it was given to.
    holder: String,
}

impl Platform {
    /// A cursor for this caller, place and node.
    pub(super) fn cursor(&self, caller: &Caller, workspace: &str, after: &str) -> String {
        let body = json!({ "workspace": workspace, "after": after, "by": caller.user }).to_string();
        let seal = self.seal(&body);
        URL_SAFE_NO_PAD.encode(format!("{body}.{seal}"))
    }

    /// A cursor that came back.
    pub(super) fn resumed(&self, caller: &Caller, workspace: &str, cursor: &str) -> Result<Resumed, Refusal> {
        let wrong = || Refusal::validation("cursor", "is not one of this list");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
        let text = String::from_utf8(bytes).map_err(|_| wrong())?;
        let (body, seal) = text.rsplit_once('.').ok_or_else(wrong)?;
        let said: Value = serde_json::from_str(body).map_err(|_| wrong())?;
        let member = |name: &str| said[name].as_str().map(str::to_owned).ok_or_else(wrong);
        let (found, by) = (member("workspace")?, member("by")?);
        let loose = self.switches.flaws.has(Flaw::CursorDecides);
        if seal != self.seal(body) || (!loose && (by != caller.user || found != workspace)) {
            return Err(wrong());
        }
        Ok(Resumed {
            workspace: found,
            after: member("after")?,
        })
    }

    /// A token that gives one file's text to whoever holds it, until it ends; and its end.
    pub fn download_token(
        &self,
        caller: &Caller,
        now: i64,
        workspace: &str,
        node: &str,
    ) -> Result<(String, i64), Refusal> {
        self.node_details(caller, workspace, node)?;
        let end = now + TOKEN_LIFE;
        let body = URL_SAFE_NO_PAD.encode(format!("{workspace}/{node}/{end}/{}", caller.credential));
        let seal = self.seal(&body);
        Ok((format!("{body}.{seal}"), end))
    }

    /// The credential that a download token was given to; `None` where the token is none of ours.
    pub fn token_holder(&self, token: &str) -> Option<String> {
        self.opened(token).map(|opened| opened.holder)
    }

    /// The text that a download token opens: it must be for this file, not be over, and `holder`, whose credential
    /// still works, must still be allowed to read it. The trail says that it was `holder` who read.
    pub fn by_token(
        &mut self,
        holder: &Caller,
        now: i64,
        (workspace, node): (&str, &str),
        token: &str,
    ) -> Result<String, Refusal> {
        let flaws = self.switches.flaws;
        let opened = self.opened(token).ok_or_else(Refusal::not_found)?;
        let over = now >= opened.end && !flaws.has(Flaw::SignedForever);
        let fits = opened.file == (workspace.to_owned(), node.to_owned());
        if over || !(fits || flaws.has(Flaw::TokenOpensAll)) {
            return Err(Refusal::not_found());
        }
        let place = match self.workspace(holder, workspace, Mode::R) {
            Err(_) if !fits => self.workspaces.get(workspace),
            permitted => permitted.ok(),
        };
        let place = place.ok_or_else(Refusal::not_found)?;
        let found = place.storage.node(node).ok_or_else(Refusal::not_found)?;
        let (view, text) = (found.view(&place.origin()), found.text().to_owned());
        self.note_node(holder, now, "read", workspace, &view);
        Ok(text)
    }

    fn opened(&self, token: &str) -> Option<Opened> {
        let (body, seal) = token.rsplit_once('.')?;
        if seal != self.seal(body) {
            return None;
        }
        let said = String::from_utf8(URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        let [workspace, node, end, holder] = said.split('/').collect::<Vec<_>>()[..] else {
            return None;
        };
        Some(Opened {
            file: (workspace.to_owned(), node.to_owned()),
            end: end.parse().ok()?,
            holder: holder.to_owned(),
        })
    }

    /// Half a SHA-256 over the world's seed and the text. A mock's seal: it keeps honest people apart, no more.
    pub(super) fn seal(&self, text: &str) -> String {
        use std::fmt::Write as _;
        let digest = Sha256::digest(format!("{}/seal/{text}", self.seed));
        digest.iter().take(16).fold(String::new(), |mut hex, byte| {
            // Writing to a `String` cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}
