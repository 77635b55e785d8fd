//! The mock as a load target: a process of its own, so that it does not share a thread with what measures it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::{Child, Command};

use crate::cli::args::MockSwitches;
use crate::cli::{Exit, library, term};
use crate::run::MOCK_TARGET;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::SourceFile;
use crate::secret::Secret;
use crate::step::{Accounts, StoredLogin};
use crate::target::{self, Target};

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mock that runs, and ends with this.
pub(super) struct MockProcess {
    child: Child,
    folder: PathBuf,
    /// Its target file, with its identities as principals.
    pub(super) target: Target,
    /// What that file reads.
    pub(super) environment: BTreeMap<String, String>,
    /// Logins of its identities.
    pub(super) logins: Vec<(String, StoredLogin)>,
}

impl Drop for MockProcess {
    fn drop(&mut self) {
        let _ = self.child.start_kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl MockProcess {
    /// Starts one with so many identities.
    pub(super) async fn start(switches: &MockSwitches, seed: u64, identities: u64) -> Result<Self, Exit> {
        let folder = folder().map_err(|error| failed(&format!("cannot make a folder for it: {error}")))?;
        let (ready, environment) = (folder.join("ready.json"), folder.join("environment.json"));
        let program = std::env::current_exe().map_err(|error| failed(&error.to_string()))?;
        let mut command = Command::new(program);
        command
            .args(["mock", "--load", "--port", "0"])
            .args([
                "--seed",
                &seed.to_string(),
                "--identities",
                &identities.to_string(),
            ])
            .arg("--ready-file")
            .arg(&ready)
            .arg("--environment-file")
            .arg(&environment);
        for (option, values) in [("--defect", &switches.defect), ("--variant", &switches.variant)] {
            command.args(values.iter().flat_map(|value| [option, value]));
        }
        command.args(switches.behaviour.iter().flat_map(|name| ["--behaviour", name]));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| failed(&error.to_string()))?;
        if !listens(&mut child, &ready).await {
            let said = complaint(child).await;
            let _ = std::fs::remove_dir_all(&folder);
            return Err(failed(&said));
        }
        let read = |path: &Path| -> Option<Value> { serde_json::from_slice(&std::fs::read(path).ok()?).ok() };
        let (Some(ready), Some(environment)) = (read(&ready), read(&environment)) else {
            return Err(failed("it says nothing of itself"));
        };
        let environment: BTreeMap<String, String> =
            serde_json::from_value(environment).map_err(|error| failed(&error.to_string()))?;
        let identities = ready["identities"].as_array().cloned().unwrap_or_default();
        Ok(Self {
            child,
            folder,
            target: target(&identities, &ready)?,
            environment,
            logins: identities.iter().filter_map(|one| login(one, &ready)).collect(),
        })
    }

    /// Gives the identities their logins.
    pub(super) fn sign_in(&self, accounts: &Arc<Accounts>) {
        for (name, login) in &self.logins {
            accounts.adopt(name, login.clone());
        }
    }
}

fn failed(why: &str) -> Exit {
    term::complain(&format!("the mock did not start: {why}"));
    Exit::Unjudged
}

/// For its owner alone: credentials lie in it.
fn folder() -> std::io::Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("hallmark-load-{:016x}", rand::random::<u64>()));
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&path)?;
    Ok(path)
}

async fn listens(child: &mut Child, ready: &Path) -> bool {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if ready.exists() {
            return true;
        }
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}

async fn complaint(mut child: Child) -> String {
    let _ = child.start_kill();
    let said = child
        .wait_with_output()
        .await
        .map(|output| output.stderr)
        .unwrap_or_default();
    let said = String::from_utf8_lossy(&said).trim().to_owned();
    if said.is_empty() {
        "it did not listen in time".to_owned()
    } else {
        said
    }
}

/// The mock's target file with a principal and a place for each identity.
fn target(identities: &[Value], ready: &Value) -> Result<Target, Exit> {
    let shipped = library::shipped_file(MOCK_TARGET).ok_or(Exit::Bug)?;
    let text = with_identities(&shipped.text, identities, ready);
    let file = Arc::new(SourceFile {
        path: shipped.path.clone(),
        text,
    });
    let mut diagnostics = Diagnostics::new();
    let target = target::decode(&file, &mut diagnostics);
    target.filter(|_| !diagnostics.has_errors()).ok_or_else(|| {
        crate::cli::check::report(&mut diagnostics, false);
        Exit::Bug
    })
}

fn with_identities(text: &str, identities: &[Value], ready: &Value) -> String {
    let (mut principals, mut places, mut access) = (String::new(), String::new(), String::new());
    for one in identities {
        let field = |name: &str| one[name].as_str().unwrap_or_default();
        let (name, workspace) = (field("name"), field("workspace"));
        let canaries = &one["canaries"];
        let _ = writeln!(
            principals,
            "  {name}: {{ oauth: {{ client: agent }}, tenant: {name}, canary: {canaries} }}"
        );
        let _ = writeln!(places, "  {name}: {{ tenant: \"{workspace}\" }}");
        let _ = writeln!(access, "  {name}: {{ {name}: write }}");
    }
    let added = [
        ("principals", &principals),
        ("places", &places),
        ("access", &access),
    ];
    let mut out = String::with_capacity(text.len() + principals.len() + places.len() + access.len());
    let mut inside: Option<&String> = None;
    for line in text.split_inclusive('\n') {
        let opens = line.starts_with(|c: char| c.is_ascii_alphabetic());
        // At the end of its map, so that the first principal stays the first.
        if let Some(more) = inside.take_if(|_| opens) {
            out.push_str(more);
        }
        out.push_str(line);
        if let Some((_, more)) = added.iter().find(|(key, _)| line.trim_end() == format!("{key}:")) {
            inside = Some(more);
        }
    }
    if let Some(more) = inside {
        out.push_str(more);
    }
    if let Some(url) = ready["control"]["url"].as_str() {
        let secret = "${env.HALLMARK_MOCK_CONTROL_SECRET}";
        let _ = writeln!(out, "\ncontrol: {{ url: \"{url}\", secret: \"{secret}\" }}");
    }
    out
}

fn login(one: &Value, ready: &Value) -> Option<(String, StoredLogin)> {
    let oauth = &one["oauth"];
    let text = |name: &str| oauth[name].as_str().map(str::to_owned);
    let life = oauth["expires_in"].as_i64();
    let login = StoredLogin {
        access: Secret::new(text("access_token")?),
        refresh: text("refresh_token").map(Secret::new),
        expires: life.map(|life| jiff::Timestamp::now().as_second() + life),
        client_id: text("client_id")?,
        resources: ready["urls"]["mcp"]
            .as_str()
            .map(str::to_owned)
            .into_iter()
            .collect(),
    };
    Some((one["name"].as_str()?.to_owned(), login))
}
