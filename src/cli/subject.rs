//! From the command line to the thing under test.

use std::sync::Arc;

use hallmark_mock::Behaviour;
use hallmark_reports::record::Target as TargetRecord;

use super::Exit;
use super::args::{RunArgs, WireArgs};
use super::check::{report, target_file};
use super::{library, mock, term};
use crate::mcp::Revision;
use crate::rules::Profile;
use crate::run::discover::{Discovered, discover};
use crate::run::{MOCK_TARGET, MockSubject, Subject};
use crate::scenario::diagnostic::Diagnostics;
use crate::secret::Scrubber;
use crate::step::{ControlDoor, Door};
use crate::target::{self, Permission, Resolved, Target, resolve_env};
use crate::wire::{HttpVersion, Wire, WireConfig};

/// The subject and what is known of it.
pub(super) struct Prepared {
    pub subject: Subject,
    pub wire: Wire,
    pub record: TargetRecord,
    pub revision: Revision,
    pub profile: Option<Profile>,
    /// What stays untested, and the line that would change it.
    pub untested: Vec<(String, String)>,
    /// Said at the top of the console.
    pub headline: String,
}

/// The target of `--target` or `--url`; `None`: the embedded mock.
pub(super) fn declared(args: &RunArgs, color: bool) -> Result<Option<Target>, Exit> {
    let mut diagnostics = Diagnostics::new();
    let target = match (&args.target.target, &args.target.url) {
        (Some(path), _) => target_file(path, &mut diagnostics)?,
        (None, Some(url)) => Some(target::adhoc(url, args.target.bearer_env.as_deref()).map_err(|problem| {
            term::complain(&problem.to_string());
            Exit::Usage
        })?),
        (None, None) => None,
    };
    let asked = args.target.target.is_some();
    report(&mut diagnostics, color);
    if diagnostics.has_errors() || (asked && target.is_none()) {
        return Err(Exit::Invalid);
    }
    if target.is_some() && (!args.mock.defect.is_empty() || !args.mock.variant.is_empty() || args.mock.behaviour.is_some()) {
        term::complain_with_help("--defect, --variant and --behaviour switch the embedded mock", "leave them out with --target or --url");
        return Err(Exit::Usage);
    }
    Ok(target)
}

/// Makes the subject ready: for a real target, reads the environment and asks the server who it is.
pub(super) async fn prepare(args: &RunArgs, target: Option<Target>, seed: u64, scrubber: &Scrubber) -> Result<Prepared, Exit> {
    let revision = revision(args)?;
    let profile = profile(args)?;
    match target {
        None => embedded(args, seed, revision, profile, scrubber),
        Some(target) => real(args, target, revision, profile, scrubber).await,
    }
}

fn revision(args: &RunArgs) -> Result<Option<Revision>, Exit> {
    let Some(text) = &args.revision else { return Ok(None) };
    Revision::parse(text).map(Some).ok_or_else(|| {
        term::complain_with_help(&format!("`{text}` is no MCP revision this version speaks"), &super::rules::revisions());
        Exit::Usage
    })
}

fn profile(args: &RunArgs) -> Result<Option<Profile>, Exit> {
    let Some(text) = &args.rules_profile else { return Ok(None) };
    Profile::parse(text).map(Some).ok_or_else(|| {
        let known = Profile::ALL.iter().map(|profile| profile.as_str()).collect::<Vec<_>>().join(", ");
        term::complain_with_help(&format!("there is no rules profile `{text}`"), &known);
        Exit::Usage
    })
}

fn embedded(args: &RunArgs, seed: u64, revision: Option<Revision>, profile: Option<Profile>, scrubber: &Scrubber) -> Result<Prepared, Exit> {
    let mut config = mock::switched(&args.mock)?;
    config.seed = seed;
    config.plain_door = true;
    let mut diagnostics = Diagnostics::new();
    let target = library::shipped_file(MOCK_TARGET).and_then(|file| target::decode(&file, &mut diagnostics));
    let Some(target) = target.filter(|_| !diagnostics.has_errors()) else {
        report(&mut diagnostics, false);
        return Err(Exit::Bug);
    };
    let behaviour = config.behaviour;
    let record = TargetRecord {
        name: scrubber.clean("the embedded mock"),
        url: scrubber.clean("in process"),
        behaviour: Some(behaviour.id().to_owned()),
        discovered: Vec::new(),
        defects: args.mock.defect.clone(),
        variants: args.mock.variant.clone(),
    };
    let mut headline = format!("the embedded mock ({})", behaviour.id());
    for (what, ids) in [("defect", &args.mock.defect), ("variant", &args.mock.variant)] {
        if !ids.is_empty() {
            headline.push_str(&format!(", {what} {}", ids.join(" ")));
        }
    }
    let profile = profile.or(target.rules_profile).or(matches!(behaviour, Behaviour::Seed | Behaviour::Fastio | Behaviour::Strict).then_some(Profile::SeedFastio));
    Ok(Prepared {
        wire: wire(&args.wire, None)?,
        subject: Subject::Mock(MockSubject::new(config, target)),
        record,
        revision: revision.unwrap_or_else(Revision::latest),
        profile,
        untested: Vec::new(),
        headline,
    })
}

async fn real(args: &RunArgs, mut target: Target, revision: Option<Revision>, profile: Option<Profile>, scrubber: &Scrubber) -> Result<Prepared, Exit> {
    for word in &args.allow {
        let permission = Permission::parse(word).ok_or_else(|| {
            term::complain_with_help(&format!("--allow knows no `{word}`"), "write, destructive, exec");
            Exit::Usage
        })?;
        target.allow.insert(permission);
    }
    let mut resolved = resolve(&target)?;
    for (name, secret) in resolved.secrets() {
        scrubber.learn(&name, secret.expose());
    }
    let wire = wire(&args.wire, Some(&resolved))?;
    let written = target.revisions.as_ref().and_then(|revisions| revisions.iter().filter_map(|r| Revision::parse(&r.value)).max());
    let asked = revision.or(written).unwrap_or_else(Revision::latest);
    let found = discover(&wire, &resolved, asked).await.map_err(|problem| {
        term::complain_with_help(scrubber.clean(&problem.to_string()).as_str(), problem.advice());
        Exit::Unjudged
    })?;
    let speaks = found.revision.unwrap_or(asked);
    if let Some(asked) = revision.filter(|asked| *asked != speaks) {
        let message = format!("the server answers MCP {}, not {}", speaks.as_str(), asked.as_str());
        term::complain_with_help(&message, "leave --revision out to test what it speaks");
        return Err(Exit::Unjudged);
    }
    adopt(&mut resolved, &found);
    let record = TargetRecord {
        name: scrubber.clean(&target.name),
        url: scrubber.clean(resolved.mcp.as_str()),
        behaviour: None,
        discovered: found.facts.iter().map(|fact| scrubber.clean(fact)).collect(),
        defects: Vec::new(),
        variants: Vec::new(),
    };
    let headline = scrubber.clean(&format!("{} at {}", target.name, resolved.mcp)).to_string();
    let door = door(&resolved, &wire);
    Ok(Prepared {
        profile: profile.or(target.rules_profile),
        subject: Subject::Real { target: Arc::new(resolved), door },
        wire,
        record,
        revision: speaks,
        untested: found.untested,
        headline,
    })
}

/// Adds what was found to what was declared.
fn adopt(resolved: &mut Resolved, found: &Discovered) {
    if let Some(probe) = &found.read {
        resolved.target.probes.insert("read".to_owned(), probe.clone());
    }
}

fn door(resolved: &Resolved, wire: &Wire) -> Option<Arc<dyn Door>> {
    let control = resolved.control.as_ref()?;
    let secret = control.secret.clone()?;
    Some(Arc::new(ControlDoor::new(control.url.clone(), secret, wire.clone())))
}

fn resolve(target: &Target) -> Result<Resolved, Exit> {
    resolve_env(target, &|name| std::env::var(name).ok()).map_err(|problems| {
        for problem in &problems {
            term::complain(&problem.to_string());
        }
        term::talk("  help: nothing was sent; export the variables and run again\n");
        Exit::Invalid
    })
}

fn wire(args: &WireArgs, resolved: Option<&Resolved>) -> Result<Wire, Exit> {
    let tls = resolved.map(|resolved| resolved.tls.clone()).unwrap_or_default();
    let config = WireConfig {
        ca_file: args.ca_file.clone().or(tls.ca_file),
        client_cert: args.client_cert.clone().or(tls.client_cert),
        insecure: args.insecure || tls.insecure,
        // The embedded mock is reached directly, whatever proxy is set for the outside.
        no_proxy: args.no_proxy || resolved.is_none(),
        http: args.http1.then_some(HttpVersion::H1),
        ..WireConfig::default()
    };
    Wire::new(config).map_err(|error| {
        term::complain(&error.to_string());
        Exit::Invalid
    })
}
