//! What ends with a membership, a key or a grant: sessions, and the streams of its holder.

use std::collections::BTreeSet;

use super::State;
use crate::authority::grants;
use crate::defect::strm;
use crate::platform::KeyState;
use crate::resource::mcp::feed::Change;

impl State {
    /// Ends the memberships of a credential's user, in one thing or in all; whether there was one.
    pub(crate) fn remove_member(&self, key: &str, id: Option<&str>) -> bool {
        let mut platform = self.platform();
        let Some(user) = platform.keys.get(key).map(|record| record.user.clone()) else {
            return false;
        };
        platform.remove_member(&user, id)
    }

    /// Sessions, and with them streams, end with the key or the grant that opened them.
    pub(crate) fn end_sessions_of_dead_keys(&self) {
        let now = self.clock.now();
        let dead: Vec<String> = {
            let platform = self.platform();
            let over = platform
                .keys
                .iter()
                .filter(|key| key.state(now) != KeyState::Live || platform.is_disabled(&key.user));
            let keys = over.map(|key| key.id.clone());
            keys.chain(grants::dead(&platform, &self.oauth())).collect()
        };
        if self.crowd.spares(self) {
            return;
        }
        self.kick_siblings(&self.hub.bury(&dead));
        self.end_sessions_of(dead);
        // Time may have passed for what ends by itself.
        self.events().stir();
        self.hub.stir();
    }

    /// Ends the streams of every credential of the users of these; only the defect `kick-whole-user` does.
    fn kick_siblings(&self, dead: &[String]) {
        if !self.view().defects.has(strm::KICK_WHOLE_USER) {
            return;
        }
        let siblings: Vec<String> = {
            let platform = self.platform();
            let users: BTreeSet<&str> = dead
                .iter()
                .filter_map(|id| platform.keys.get(id))
                .map(|key| key.user.as_str())
                .collect();
            let kicked = platform
                .keys
                .iter()
                .filter(|key| users.contains(key.user.as_str()));
            kicked.map(|key| key.id.clone()).collect()
        };
        for credential in siblings {
            self.hub.end(&credential);
        }
    }

    /// Ends the sessions and streams of these credentials, whether or not they live on.
    pub(crate) fn end_sessions_of(&self, dead: Vec<String>) {
        {
            let (mut sessions, mut old) = (self.sessions(), self.old_streams());
            for key in &dead {
                sessions.end_all_of(key);
                old.end_all_of(key);
            }
        }
        for credential in dead {
            self.hub.end(&credential);
            // Nobody listens: nobody needs to know.
            let _ = self.feed.send(Change::Ended { credential });
        }
    }
}
