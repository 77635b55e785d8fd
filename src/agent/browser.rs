//! The browser of a command: `xdg-open` and `open` on its path only leave the address behind, and it is visited here.
//!
//! The person behind it signs in and decides by the mock's own door; then the redirect is followed to the command.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

use crate::step::{Door, Problem};
use crate::target::Resolved;
use crate::wire::{Read, Request, Wire, WireError};

/// How often a new address is looked for.
const GLANCE: Duration = Duration::from_millis(20);
/// Addresses that are visited in one case.
const MOST: u32 = 20;
/// Between two tries to call the command back.
const AGAIN: Duration = Duration::from_millis(100);
/// For one page.
const PATIENCE: Duration = Duration::from_secs(10);
/// Names under which programs look for a browser.
const NAMES: &[&str] = &[
    "xdg-open",
    "open",
    "x-www-browser",
    "www-browser",
    "sensible-browser",
];

/// A browser; it is closed when this is dropped.
pub(super) struct Browser(JoinHandle<()>);

impl Drop for Browser {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Who sits at it, and what is pressed.
pub(super) struct Person {
    pub(super) wire: Wire,
    pub(super) door: Arc<dyn Door>,
    /// As the mock calls them.
    pub(super) user: String,
    pub(super) approves: bool,
    /// Parameters of the callback that are others than the right ones; nothing: left out.
    pub(super) callback: Vec<(String, Option<String>)>,
}

impl Browser {
    /// The login of the user behind a principal.
    pub(super) fn user_of(principal: &str, target: &Resolved) -> Result<String, Problem> {
        let credential = target.principal(principal).and_then(|one| one.oauth.as_ref());
        let name = credential.and_then(|one| one.user.as_ref());
        let user = name.and_then(|name| target.oauth.as_ref()?.user(name));
        user.map(|user| user.login.clone())
            .ok_or_else(|| Problem::Unusable(format!("nobody signs in for `{principal}`")))
    }

    /// Puts the programs into a folder and waits for what they leave there.
    pub(super) fn open(folder: &Path, person: Arc<Person>) -> std::io::Result<Self> {
        let asked = folder.join("asked");
        std::fs::create_dir(&asked)?;
        let script = format!(
            "#!/bin/sh\nprintf '%s' \"$1\" > '{0}/'$$.part && mv '{0}/'$$.part '{0}/'$$.url\n",
            asked.display()
        );
        for name in NAMES {
            let path = folder.join(name);
            std::fs::write(&path, &script)?;
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700))?;
            }
        }
        Ok(Self(tokio::spawn(watch(asked, person))))
    }
}

async fn watch(folder: PathBuf, person: Arc<Person>) {
    let mut visited = 0;
    let mut visits = JoinSet::new();
    while visited < MOST {
        tokio::time::sleep(GLANCE).await;
        let Ok(entries) = std::fs::read_dir(&folder) else {
            return;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.extension().is_none_or(|ending| ending != "url") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let _ = std::fs::remove_file(&path);
            visited += 1;
            if let Ok(url) = Url::parse(text.trim()) {
                let person = person.clone();
                // One that waits for its command holds up no other; they end with the browser.
                visits.spawn(async move { person.visit(url).await });
            }
        }
    }
}

impl Person {
    /// Opens a page, signs in, decides, and goes where that leads.
    async fn visit(&self, url: Url) {
        let Some(page) = self.led(url).await else { return };
        let decided = self
            .door
            .consent(page.as_str(), &self.user, self.approves, None)
            .await;
        let back = match decided {
            Ok(location) => Url::parse(&location).ok(),
            // No page that asks: the redirect leads back already.
            Err(_) => Some(page),
        };
        if let Some(back) = back {
            self.get(self.bent(back)).await;
        }
    }

    /// Where the redirect to a page of the mock leads once the person has decided: for a command that is its own browser
    /// and reads one redirect.
    pub(super) fn straight(&self, page: &str) -> Option<Url> {
        let decided = self.door.consent(page, &self.user, self.approves, None);
        // The door of a world in this process decides at once.
        let location = decided.now_or_never()?.ok()?;
        Some(self.bent(Url::parse(&location).ok()?))
    }

    /// The callback with other parameters, where the case wants that.
    fn bent(&self, mut back: Url) -> Url {
        let changed = |name: &str| self.callback.iter().any(|(other, _)| other == name);
        let kept: Vec<(String, String)> = back
            .query_pairs()
            .filter(|(name, _)| !changed(name))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let added = self
            .callback
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        let pairs: Vec<(String, String)> = kept.into_iter().chain(added).collect();
        back.query_pairs_mut().clear().extend_pairs(pairs);
        back
    }

    /// Where the first redirect of a page leads.
    async fn led(&self, url: Url) -> Option<Url> {
        let exchange = self.wire.send(&request(url.clone())).await;
        let response = exchange.response.ok()?;
        let location = response.header("location")?;
        url.join(&location).ok()
    }

    /// Calls the command back. Some begin to listen only when the browser has been opened.
    async fn get(&self, url: Url) {
        let until = Instant::now() + PATIENCE;
        while let Err(WireError::Connect { .. }) = self.wire.send(&request(url.clone())).await.response {
            if Instant::now() > until {
                return;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

fn request(url: Url) -> Request {
    Request {
        method: "GET".to_owned(),
        url,
        target: None,
        headers: Vec::new(),
        body: bytes::Bytes::new(),
        timeout: PATIENCE,
        redirects: 0,
        read: Read::Whole,
    }
}
