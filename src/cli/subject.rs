//! From the command line to the thing under test.

use std::fmt::Write as _;
use std::sync::Arc;

use hallmark_reports::record::Target as TargetRecord;

use url::Url;

use super::Exit;
use super::args::{RunArgs, WireArgs};
use super::check::{report, target_file};
use super::logins::Logins;
use super::{library, mock, term};
use crate::mcp::{Mirrored, Revision};
use crate::oauth::metadata::is_loopback;
use crate::rules::Profile;
use crate::run::discover::{Discovered, NoServer, authorize, discover, first_token};
use crate::run::{MOCK_TARGET, MockSubject, Setup, Subject};
use crate::scenario::diagnostic::Diagnostics;
use crate::secret::Scrubber;
use crate::step::{Accounts, ControlDoor, Door};
use crate::target::{self, Permission, Resolved, ResolvedTls, Target, resolve_env};
use crate::wire::{HttpVersion, Wire, WireConfig};

/// Why there is no subject.
pub(super) enum NoSubject {
    /// Said already; nothing was sent.
    Exit(Exit),
    /// The target is there (or not), but cannot be judged: for the record.
    NoServer {
        target: TargetRecord,
        message: String,
        advice: &'static str,
    },
}

impl From<Exit> for NoSubject {
    fn from(exit: Exit) -> Self {
        NoSubject::Exit(exit)
    }
}

/// The subject and what is known of it.
pub(super) struct Prepared {
    pub subject: Subject,
    pub wire: Wire,
    pub record: TargetRecord,
    /// To speak, oldest first; at least one.
    pub revisions: Vec<Revision>,
    /// Arguments that the stateless era mirrors into headers, by tool.
    pub mirrored: Mirrored,
    /// Tokens of principals with `oauth:` that all cases share.
    pub accounts: Arc<Accounts>,
    /// Of `hallmark login`, where principals name some.
    pub logins: Option<Arc<Logins>>,
    pub profile: Option<Profile>,
    /// What stays untested, and the line that would change it.
    pub untested: Vec<(String, String)>,
}

/// What is about to be tested, as far as the command line says.
pub(super) fn headline(args: &RunArgs) -> String {
    if let Some(path) = &args.target.target {
        return path.display().to_string();
    }
    if let Some(url) = &args.target.url {
        return url.clone();
    }
    let mut text = format!(
        "the embedded mock ({})",
        args.mock.behaviour.as_deref().unwrap_or("seed")
    );
    for (what, ids) in [("defect", &args.mock.defect), ("variant", &args.mock.variant)] {
        if !ids.is_empty() {
            let _ = write!(text, ", {what} {}", ids.join(" "));
        }
    }
    text
}

/// The target of `--target` or `--url`; `None`: the embedded mock.
pub(super) fn declared(args: &RunArgs, color: bool) -> Result<Option<Target>, Exit> {
    let mut diagnostics = Diagnostics::new();
    let target = match (&args.target.target, &args.target.url) {
        (Some(path), _) => target_file(path, &mut diagnostics)?,
        (None, Some(url)) => Some(target::adhoc(url, args.target.bearer_env.as_deref()).map_err(
            |problem| {
                term::complain(&problem.to_string());
                Exit::Usage
            },
        )?),
        (None, None) => None,
    };
    let asked = args.target.target.is_some();
    report(&mut diagnostics, color);
    if diagnostics.has_errors() || (asked && target.is_none()) {
        return Err(Exit::Invalid);
    }
    if target.is_some()
        && (!args.mock.defect.is_empty() || !args.mock.variant.is_empty() || args.mock.behaviour.is_some())
    {
        term::complain_with_help(
            "--defect, --variant and --behaviour switch the embedded mock",
            "leave them out with --target or --url",
        );
        return Err(Exit::Usage);
    }
    Ok(target)
}

/// Makes the subject ready: for a real target, reads the environment and asks the server who it is.
pub(super) async fn prepare(
    args: &RunArgs,
    target: Option<Target>,
    seed: u64,
    scrubber: &Scrubber,
) -> Result<Prepared, NoSubject> {
    let asked = revisions(args)?;
    let profile = profile(args)?;
    match target {
        None => Ok(embedded(args, seed, &asked, profile, scrubber).await?),
        Some(target) => real(args, target, (&asked, profile), &environment, scrubber).await,
    }
}

/// The same for a target whose file reads other variables than this process has.
pub(super) async fn given(
    args: &RunArgs,
    target: Target,
    variables: &(dyn Fn(&str) -> Option<String> + Sync),
    scrubber: &Scrubber,
) -> Result<Prepared, NoSubject> {
    let (asked, profile) = (revisions(args)?, profile(args)?);
    real(args, target, (&asked, profile), variables, scrubber).await
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Why requests go by a proxy, where they do.
pub(super) fn proxied(setup: &Setup, args: &WireArgs) -> Option<String> {
    let Subject::Real { target, .. } = &setup.subject else {
        return None;
    };
    if args.no_proxy || every_host_is_exempt() || is_loopback(&target.mcp) {
        return None;
    }
    let of_scheme = if target.mcp.scheme() == "https" {
        "HTTPS_PROXY"
    } else {
        "HTTP_PROXY"
    };
    let names = [of_scheme, "ALL_PROXY"];
    let set = names.iter().find(|name| {
        let lower = name.to_ascii_lowercase();
        environment(name)
            .or_else(|| environment(&lower))
            .is_some_and(|value| !value.is_empty())
    });
    set.map(|name| format!("{name} names a proxy"))
}

/// The revisions that were asked for, oldest first; none: all.
fn revisions(args: &RunArgs) -> Result<Vec<Revision>, Exit> {
    let mut asked = Vec::new();
    for text in &args.revision {
        let revision = Revision::parse(text).ok_or_else(|| {
            term::complain_with_help(
                &format!("`{text}` is no MCP revision this version speaks"),
                &super::rules::revisions(),
            );
            Exit::Usage
        })?;
        asked.push(revision);
    }
    asked.sort_unstable();
    asked.dedup();
    Ok(asked)
}

/// What is spoken, as far as it was asked for. A revision that was asked for and is not spoken cannot be judged.
fn restricted(spoken: Vec<Revision>, asked: &[Revision], how: &str) -> Result<Vec<Revision>, Exit> {
    if asked.is_empty() {
        return Ok(spoken);
    }
    let words = |revisions: &[Revision]| {
        let names: Vec<&str> = revisions.iter().map(|revision| revision.as_str()).collect();
        names.join(", ")
    };
    let unspoken: Vec<Revision> = asked
        .iter()
        .copied()
        .filter(|revision| !spoken.contains(revision))
        .collect();
    if unspoken.is_empty() {
        return Ok(asked.to_vec());
    }
    term::complain_with_help(
        &format!(
            "the target does not speak MCP {}; it speaks {}",
            words(&unspoken),
            words(&spoken)
        ),
        &format!("leave {how} out to test what it speaks"),
    );
    Err(Exit::Unjudged)
}

pub(super) fn profile(args: &RunArgs) -> Result<Option<Profile>, Exit> {
    let Some(text) = &args.judging.rules_profile else {
        return Ok(None);
    };
    Profile::parse(text).map(Some).ok_or_else(|| {
        let known = Profile::ALL
            .iter()
            .map(|profile| profile.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        term::complain_with_help(&format!("there is no rules profile `{text}`"), &known);
        Exit::Usage
    })
}

pub(super) async fn embedded(
    args: &RunArgs,
    seed: u64,
    asked: &[Revision],
    profile: Option<Profile>,
    scrubber: &Scrubber,
) -> Result<Prepared, Exit> {
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
        without_credential: false,
        defects: args.mock.defect.clone(),
        variants: args.mock.variant.clone(),
    };
    let profile = profile.or(target.rules_profile);
    let mut mock = MockSubject::new(config, target);
    let wire = wire(&args.wire, None)?;
    let unjudged = |why: String| {
        term::complain(&why);
        Exit::Unjudged
    };
    mock.learn(&wire).await.map_err(unjudged)?;
    let (spoken, mirrored) = mock.speaks(&wire).await.map_err(unjudged)?;
    Ok(Prepared {
        wire,
        mirrored,
        subject: Subject::Mock(Box::new(mock)),
        accounts: Arc::default(),
        logins: None,
        record,
        revisions: restricted(spoken, asked, "--revision")?,
        profile,
        untested: Vec::new(),
    })
}

async fn real(
    args: &RunArgs,
    mut target: Target,
    (asked, profile): (&[Revision], Option<Profile>),
    variables: &(dyn Fn(&str) -> Option<String> + Sync),
    scrubber: &Scrubber,
) -> Result<Prepared, NoSubject> {
    for word in &args.allow {
        let permission = Permission::parse(word).ok_or_else(|| {
            term::complain_with_help(&format!("--allow knows no `{word}`"), "write, destructive, exec");
            Exit::Usage
        })?;
        target.allow.insert(permission);
    }
    let target = Arc::new(target);
    let mut resolved = resolve(
        &target,
        variables,
        args.output.color.on(term::stderr_is_terminal()),
    )?;
    for (name, secret) in resolved.secrets() {
        scrubber.learn(&name, secret.expose());
    }
    for secret in proxy_secrets() {
        scrubber.learn("proxy", &secret);
    }
    let wire = wire(&args.wire, Some(&resolved))?;
    let mut record = TargetRecord {
        name: scrubber.clean(&target.name),
        url: scrubber.clean(resolved.mcp.as_str()),
        ..TargetRecord::default()
    };
    let door = door(&resolved, &wire);
    let logins = Logins::named_in(&resolved, &wire)?;
    let accounts = logins.as_ref().map_or_else(Arc::default, |logins| {
        Arc::new(Accounts::with_vault(logins.clone()))
    });
    let authority = authorize(&wire, &mut resolved).await;
    let looking = match first_token(&wire, &resolved, (&accounts, door.clone()), scrubber).await {
        None => resolved.clone(),
        Some(Ok(token)) => {
            let mut looking = resolved.clone();
            looking.principals[0].bearer = Some(token);
            looking
        }
        Some(Err(message)) => {
            return Err(NoSubject::NoServer {
                target: record,
                message: scrubber.clean(&message).to_string(),
                advice: "the first principal of the target file gets its token from the authorization server: see `oauth` there",
            });
        }
    };
    let found = match discover(&wire, &looking).await {
        Ok(found) => found,
        Err(problem) => {
            return Err(NoSubject::NoServer {
                target: record,
                message: problem.to_string(),
                advice: advice(&problem, &resolved.mcp),
            });
        }
    };
    let written: Vec<Revision> = target
        .revisions
        .iter()
        .flatten()
        .filter_map(|revision| Revision::parse(&revision.value))
        .collect();
    let revisions = if asked.is_empty() {
        restricted(
            found.revisions.clone(),
            &written,
            "`revisions` of the target file",
        )?
    } else {
        restricted(found.revisions.clone(), asked, "--revision")?
    };
    adopt(&mut resolved, &found);
    let facts = found.facts.iter().chain(&authority);
    record.discovered = facts.map(|fact| scrubber.clean(fact)).collect();
    record.without_credential = gives_none(&resolved, args);
    if args.wire.insecure || resolved.tls.insecure {
        record
            .discovered
            .push(scrubber.clean("certificates are not checked (insecure)"));
    }
    Ok(Prepared {
        accounts,
        logins,
        profile: profile.or(target.rules_profile),
        subject: Subject::Real {
            target: Arc::new(resolved),
            door,
        },
        wire,
        record,
        revisions,
        mirrored: found.mirrored,
        untested: found.untested,
    })
}

/// What a person can do about it; the scheme of the URL may be the cause.
fn advice(problem: &NoServer, url: &Url) -> &'static str {
    match problem {
        NoServer::Unreadable { .. } if url.scheme() == "http" => {
            "does another program listen on that port? Where TLS is spoken the URL begins with https://"
        }
        NoServer::Tls { why, .. } if why.contains("does not speak TLS") => {
            "write the URL with http://, or give the port that speaks TLS"
        }
        _ => problem.advice(),
    }
}

/// Whether nothing that is sent can be a credential: no token, no standing header, no certificate.
fn gives_none(resolved: &Resolved, args: &RunArgs) -> bool {
    resolved
        .principals
        .iter()
        .all(|one| one.bearer.is_none() && one.oauth.is_none())
        && !resolved.target.is_receiver_alone()
        && resolved.headers.is_empty()
        && resolved.tls.client_cert.is_none()
        && args.wire.client_cert.is_none()
}

/// Adds what was found to what was declared.
fn adopt(resolved: &mut Resolved, found: &Discovered) {
    if let Some(probe) = &found.read {
        Arc::make_mut(&mut resolved.target)
            .probes
            .insert("read".to_owned(), probe.clone());
    }
}

fn door(resolved: &Resolved, wire: &Wire) -> Option<Arc<dyn Door>> {
    let control = resolved.control.as_ref()?;
    let secret = control.secret.clone()?;
    Some(Arc::new(ControlDoor::new(
        control.url.clone(),
        secret,
        wire.clone(),
    )))
}

fn resolve(
    target: &Arc<Target>,
    variables: &(dyn Fn(&str) -> Option<String> + Sync),
    color: bool,
) -> Result<Resolved, Exit> {
    resolve_env(target, &|name| variables(name)).map_err(|problems| {
        let mut diagnostics = Diagnostics::new();
        for problem in &problems {
            diagnostics
                .error(
                    "environment",
                    &problem.at,
                    format!("{} ({})", problem.why, problem.used_for),
                )
                .help("nothing was sent; export the variable and run again");
        }
        report(&mut diagnostics, color);
        Exit::Invalid
    })
}

/// `NO_PROXY=*`. The library takes the star for all names, but not for addresses.
fn every_host_is_exempt() -> bool {
    let hosts = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy"));
    hosts.is_ok_and(|hosts| hosts.split(',').any(|host| host.trim() == "*"))
}

/// The credentials in proxy variables, alone and as Basic joins them (RFC 7617): a proxy may repeat them in its answer.
fn proxy_secrets() -> Vec<String> {
    let names = [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ];
    let values = names.iter().filter_map(|name| std::env::var(name).ok());
    let urls = values.filter_map(|value| {
        Url::parse(&if value.contains("://") {
            value
        } else {
            format!("http://{value}")
        })
        .ok()
    });
    let plain = |part: &str| {
        percent_encoding::percent_decode_str(part)
            .decode_utf8_lossy()
            .into_owned()
    };
    urls.filter_map(|url| Some((plain(url.username()), plain(url.password()?))))
        .flat_map(|(user, password)| [format!("{user}:{password}"), password])
        .collect()
}

fn wire(args: &WireArgs, resolved: Option<&Resolved>) -> Result<Wire, Exit> {
    let tls = resolved.map(|resolved| resolved.tls.clone()).unwrap_or_default();
    // The embedded mock is reached directly, whatever proxy is set for the outside.
    wire_with(args, tls, resolved.is_none())
}

/// The network as command line and certificates say.
pub(super) fn wire_with(args: &WireArgs, tls: ResolvedTls, direct: bool) -> Result<Wire, Exit> {
    let config = WireConfig {
        ca_file: args.ca_file.clone().or(tls.ca_file),
        client_cert: args.client_cert.clone().or(tls.client_cert),
        insecure: args.insecure || tls.insecure,
        no_proxy: args.no_proxy || direct || every_host_is_exempt(),
        http: args.http1.then_some(HttpVersion::H1),
        ..WireConfig::default()
    };
    Wire::new(config).map_err(|error| {
        term::complain(&error.to_string());
        Exit::Invalid
    })
}
