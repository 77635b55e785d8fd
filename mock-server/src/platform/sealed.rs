//! What is handed out and must come back untouched: cursors and signed addresses. Both are readable by whoever holds
//! them and bound to their caller or their end by a seal.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Caller, Flaw, Mode, Platform, Refusal};

/// How long a signed address works, in seconds.
const ADDRESS_LIFE: i64 = 300;

/// Where a listing goes on.
pub(super) struct Resumed {
    /// The workspace it lists.
    pub(super) workspace: String,
    /// The last node of the page before.
    pub(super) after: String,
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

    /// The query of an address that gives a file's text to whoever holds it, until it ends.
    pub fn signed_query(
        &self,
        caller: &Caller,
        now: i64,
        workspace: &str,
        node: &str,
    ) -> Result<(String, i64), Refusal> {
        self.node_details(caller, workspace, node)?;
        let end = now + ADDRESS_LIFE;
        let key = &caller.credential;
        let seal = self.seal(&format!("{workspace}/{node}/{end}/{key}"));
        Ok((format!("until={end}&key={key}&seal={seal}"), end))
    }

    /// The text behind a signed address: it must be sealed for this place, not be over, and its key still be alive
    /// and allowed to read it.
    pub fn by_address(
        &self,
        now: i64,
        (workspace, node): (&str, &str),
        (until, key, seal): (&str, &str, &str),
    ) -> Result<String, Refusal> {
        let end: i64 = until.parse().map_err(|_| Refusal::not_found())?;
        if seal != self.seal(&format!("{workspace}/{node}/{end}/{key}")) {
            return Err(Refusal::not_found());
        }
        if now >= end && !self.switches.flaws.has(Flaw::SignedForever) {
            return Err(Refusal::not_found());
        }
        let record = self.keys.get(key).ok_or_else(Refusal::not_found)?;
        if record.state(now) != super::KeyState::Live {
            return Err(Refusal::not_found());
        }
        let caller = self.caller(record);
        let place = self
            .workspace(&caller, workspace, Mode::R)
            .map_err(|_| Refusal::not_found())?;
        let found = place.storage.node(node).ok_or_else(Refusal::not_found)?;
        Ok(found.text().to_owned())
    }

    /// Half a SHA-256 over the world's seed and the text. A mock's seal: it keeps honest people apart, no more.
    fn seal(&self, text: &str) -> String {
        use std::fmt::Write as _;
        let digest = Sha256::digest(format!("{}/seal/{text}", self.seed));
        digest.iter().take(16).fold(String::new(), |mut hex, byte| {
            // Writing to a `String` cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}
