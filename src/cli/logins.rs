//! Where the logins of this user are, and with which key: what the environment says about the vault.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::BoxFuture;

use tokio::sync::Mutex;
use url::Url;

use super::login::probe;
use super::{Exit, term};
use crate::oauth::keeper::Keeper;
use crate::oauth::vault::{Clock, FileVault, KeyPlaces, Name, Steps, VaultError, find_key, key_name};
use crate::secret::Secret;
use crate::step;
use crate::target::Resolved;
use crate::wire::Wire;

/// The vault, opened.
pub(super) struct Opened {
    pub(super) vault: Arc<FileVault>,
    /// A key was made just now: where it went.
    pub(super) made: Option<String>,
}

/// The clock of the wall.
pub(super) fn clock() -> Clock {
    Clock::new(|| SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default())
}

/// Opens the vault of the command line, of HALLMARK_VAULT, or of the user's own folder. `None`: there is none, and
/// none was to be made.
pub(super) fn open(wanted: Option<&str>, make: bool) -> Result<Option<Opened>, VaultError> {
    let wanted = wanted.map(str::to_owned).or_else(|| variable("HALLMARK_VAULT"));
    let folder = match wanted.as_deref() {
        Some(url) if url.contains(':') => FileVault::folder_of(url)?,
        Some(path) => PathBuf::from(path),
        None => own_folder("XDG_DATA_HOME", ".local/share")?.join("vault"),
    };
    let there = FileVault::exists(&folder);
    if !there && !make {
        return Ok(None);
    }
    let file = match variable("HALLMARK_VAULT_KEY_FILE") {
        Some(path) => PathBuf::from(path),
        None => own_folder("XDG_CONFIG_HOME", ".config")?.join(key_name()),
    };
    let places = KeyPlaces {
        variable: variable("HALLMARK_VAULT_KEY").map(Secret::new),
        file,
        keyring: variable("HALLMARK_VAULT_KEYRING").as_deref() != Some("off"),
    };
    let found = find_key(&places, make && !there)?;
    let vault = FileVault::open(&folder, found.key, clock(), Steps::default())?;
    Ok(Some(Opened {
        vault: Arc::new(vault),
        made: found.made,
    }))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// `hallmark` below the folder that a variable names, or below the usual one.
fn own_folder(name: &str, usual: &str) -> Result<PathBuf, VaultError> {
    let named = variable(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let local = || {
        variable("LOCALAPPDATA")
            .filter(|_| cfg!(windows))
            .map(PathBuf::from)
    };
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(usual));
    let folder = named
        .or_else(local)
        .or_else(home)
        .ok_or_else(|| VaultError::NoKey {
            why: "HOME is not set, so there is no folder of the user for the vault and its key".to_owned(),
            advice: "export HALLMARK_VAULT=file:/PATH and HALLMARK_VAULT_KEY".to_owned(),
        })?;
    Ok(folder.join("hallmark"))
}

/// The logins for a run: access tokens by name, refreshed where they must be.
pub(super) struct Logins {
    keeper: Keeper,
    wire: Wire,
    endpoint: Url,
    /// Names whose token the endpoint took in this run.
    tried: Mutex<BTreeSet<Name>>,
}

impl Logins {
    /// The user's vault, where a principal names a login in it. What is wrong with it is said before anything is sent.
    pub(super) fn named_in(resolved: &Resolved, wire: &Wire) -> Result<Option<Arc<Self>>, Exit> {
        let named = resolved
            .principals
            .iter()
            .find_map(|principal| principal.oauth.as_ref()?.vault.as_ref());
        let Some(name) = named else {
            return Ok(None);
        };
        let complain = |text: &str| {
            term::complain(text);
            Exit::Invalid
        };
        let opened = open(None, false).map_err(|error| complain(&error.to_string()))?;
        let opened = opened.ok_or_else(|| {
            complain(&format!(
                "there is no login `{name}`: type: hallmark login --url {} --as {name}",
                resolved.mcp
            ))
        })?;
        Ok(Some(Arc::new(Self {
            keeper: Keeper::new(opened.vault, wire.clone(), clock(), Steps::default()),
            wire: wire.clone(),
            endpoint: resolved.mcp.clone(),
            tried: Mutex::default(),
        })))
    }

    /// Ends what was begun, before the program does.
    pub(super) async fn settle(&self) {
        self.keeper.settle().await;
    }
}

impl step::Vault for Logins {
    fn token<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Secret, String>> {
        Box::pin(async move {
            let name = Name::parse(account).map_err(|error| error.to_string())?;
            let mut tried = self.tried.lock().await;
            let access = self.keeper.access(&name).await;
            let mut access = access.map_err(|error| error.to_string())?;
            let first = tried.insert(name.clone());
            if first
                && probe(&self.wire, &self.endpoint, &access.token)
                    .await
                    .is_unauthorized()
            {
                // Its time is not over, but the server ended it: a key was rotated, a session was closed.
                let renewed = self.keeper.renew(&name, &access.token).await;
                access = renewed.map_err(|error| error.to_string())?;
            }
            Ok(access.token)
        })
    }
}
