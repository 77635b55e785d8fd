//! A process that uses the vault: this test binary, started again with other variables.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hallmark::oauth::keeper::Keeper;
use hallmark::oauth::vault::{
    Access, AuthMethod, Client, Clock, FileVault, Grant, Key, KeyOrigin, Name, State, Steps, Tokens,
    Vault as _,
};
use hallmark::secret::Secret;
use hallmark::wire::{HeaderLine, Read, Request, Wire, WireConfig};

pub(crate) const FOLDER: &str = "HALLMARK_TEST_VAULT";
pub(crate) const ORIGIN: &str = "HALLMARK_TEST_ORIGIN";
const KEY: &str = "HALLMARK_TEST_KEY";
/// Made for these tests.
const KEY_TEXT: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

pub(crate) fn name() -> Name {
    Name::parse("writer").expect("a name")
}

/// The test `the_child` of this binary, in a process of its own.
pub(crate) fn child(folder: &Path, origin: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command
        .args(["the_child", "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(ORIGIN, origin)
        .env(KEY, KEY_TEXT)
        .env_remove("RUST_BACKTRACE")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A folder for a vault; removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(std::env::temp_dir().join(format!("hallmark-vault-test-{:016x}", rand::random::<u64>())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn clock() -> Clock {
    Clock::new(|| SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default())
}

pub(crate) fn vault(folder: &Path, steps: Steps) -> FileVault {
    let key = Key::parse(KEY_TEXT, KeyOrigin::Variable, KEY).expect("a key");
    FileVault::open(folder, key, clock(), steps).expect("a vault")
}

pub(crate) fn wire() -> Wire {
    Wire::new(WireConfig {
        no_proxy: true,
        ..WireConfig::default()
    })
    .expect("a wire")
}

pub(crate) fn keeper(folder: &Path, steps: Steps) -> Keeper {
    Keeper::new(Arc::new(vault(folder, steps.clone())), wire(), clock(), steps)
}

/// Puts the first grant there, with an access token that holds for `life` seconds.
pub(crate) async fn log_in(folder: &Path, origin: &str, life: u64) {
    let now = clock().seconds();
    let grant = Grant {
        endpoint: format!("{origin}/mcp"),
        issuer: origin.to_owned(),
        token_endpoint: format!("{origin}/token"),
        revocation_endpoint: None,
        resource: None,
        client: Client {
            id: "agent".to_owned(),
            secret: None,
            key: None,
            auth: AuthMethod::None,
        },
        scope: Vec::new(),
        since: now,
        state: State::Connected(Tokens {
            access: Some(Access {
                token: Secret::new("A0"),
                obtained: now,
                expires: Some(now + life),
            }),
            refresh: Some(Secret::new("R0")),
            refreshes: 0,
            pending: None,
            alarm: None,
        }),
    };
    let vault = vault(folder, Steps::default());
    let lease = vault
        .lease(&name(), Duration::from_mins(1))
        .await
        .expect("a lease");
    vault.commit(&lease, &grant).await.expect("committed");
    vault.release(lease).await.expect("released");
}

/// Asks the resource with an access token.
pub(crate) async fn ask(wire: &Wire, origin: &str, token: &Secret) -> u16 {
    let bearer = format!("Bearer {}", token.expose());
    let request = Request {
        method: "GET".to_owned(),
        url: format!("{origin}/resource").parse().expect("a URL"),
        target: None,
        headers: vec![HeaderLine::Field("Authorization".to_owned(), bearer.into_bytes())],
        body: Vec::new().into(),
        timeout: Duration::from_mins(1),
        redirects: 0,
        read: Read::Whole,
    };
    wire.send(&request)
        .await
        .response
        .map_or(0, |response| response.status)
}
