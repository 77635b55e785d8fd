//! `hallmark login`: one consent in a browser, kept in the vault for runs without a person.

mod forget;
mod page;
mod probe;
mod setup;
mod status;

use std::io::IsTerminal as _;
use std::time::Duration;

use url::Url;

use super::Exit;
use super::args::LoginArgs;
use super::logins::{self, Opened};
use super::{browse, subject, term};
use crate::oauth::challenge::Challenge;
use crate::oauth::client::{By, Known, Login, LoginError, Loopback, Progress, StepUp, Wishes};
use crate::oauth::vault::{FileVault, Grant, Lease, Name, Vault as _, VaultError};
use crate::target::Resolved;
use crate::wire::Wire;
use probe::Probed;
pub(super) use probe::probe;

/// While a grant is written, or its vault tried.
const LEASE: Duration = Duration::from_secs(30);
/// Without `--as`.
const UNNAMED: &str = "default";

pub(super) async fn login(args: LoginArgs) -> Exit {
    match attempt(&args).await {
        Ok(exit) | Err(exit) => exit,
    }
}

async fn attempt(args: &LoginArgs) -> Result<Exit, Exit> {
    let named = args.name.as_deref().unwrap_or(UNNAMED);
    let name = Name::parse(named).map_err(|error| said(&error, Exit::Usage))?;
    if args.status {
        return status::status(args, args.name.as_ref().map(|_| &name)).await;
    }
    if args.forget {
        return forget::forget(args, &name).await;
    }
    let Resolved {
        mcp: endpoint, tls, ..
    } = setup::resolved(&setup::target(args)?)?;
    let wire = subject::wire_with(&args.wire, tls, false)?;
    let wishes = setup::wishes(args)?;
    let opened = open(args)?;
    tell(&format!("{} as {name}", shown(&endpoint)));
    opened.made.iter().for_each(|made| tell(made));
    // Before anybody consents: what cannot be written then is known now.
    let trial = leased(&opened.vault, &name).await?;
    let before = opened.vault.read(&name).await;
    opened
        .vault
        .release(trial)
        .await
        .map_err(|error| said(&error, Exit::Invalid))?;
    if let Ok(Some(before)) = &before {
        tell(&format!(
            "`{name}` was logged in to {} before; that stays until this succeeds",
            before.endpoint
        ));
    }
    let grant = tokio::select! {
        grant = consented(args, &wire, &endpoint, wishes) => grant?,
        () = term::ended() => return Err(interrupted()),
    };
    keep(&opened.vault, &name, &grant).await?;
    term::out(&done(&name));
    Ok(Exit::Good)
}

fn interrupted() -> Exit {
    // The terminal shows `^C` and no end of a line.
    term::talk("\n");
    term::complain_with_help(
        "interrupted",
        "nothing has changed here; the same command asks again",
    );
    Exit::Interrupted
}

/// Asks again for more where the endpoint wants more than it said at first.
async fn consented(args: &LoginArgs, wire: &Wire, endpoint: &Url, mut wishes: Wishes) -> Result<Grant, Exit> {
    let mut grant = once(args, wire, endpoint, &wishes, None)
        .await
        .map_err(|error| failed(&error))?;
    let mut step_up = StepUp::from(&grant.scope);
    loop {
        let access = grant.tokens().and_then(|tokens| tokens.access.as_ref());
        let Some(access) = access else {
            return Ok(grant);
        };
        match probe(wire, endpoint, &access.token).await {
            Probed::Taken => {
                tell("the endpoint takes the token");
                return Ok(grant);
            }
            Probed::Unknown(why) => {
                tell(&format!(
                    "whether the endpoint takes the token is not known: {why}"
                ));
                return Ok(grant);
            }
            Probed::Refused(_, why) => {
                term::complain_with_help(
                    &format!("the endpoint refuses the token that was made out for it: {why}"),
                    "nothing was kept; `hallmark run` with a target file says more about the server",
                );
                return Err(Exit::Unjudged);
            }
            Probed::Challenged(challenge) => {
                let Some(scopes) = step_up.after(&challenge) else {
                    term::complain("the endpoint wants another scope than it names, or always one more");
                    return Err(Exit::Unjudged);
                };
                tell(&format!(
                    "the endpoint wants more: asking for {}",
                    scopes.join(" ")
                ));
                wishes.scopes = Some(scopes);
                wishes.before = Some(Known {
                    issuer: grant.issuer,
                    client: grant.client,
                });
                grant = once(args, wire, endpoint, &wishes, Some(&challenge))
                    .await
                    .map_err(|error| failed(&error))?;
            }
        }
    }
}

async fn once(
    args: &LoginArgs,
    wire: &Wire,
    endpoint: &Url,
    wishes: &Wishes,
    challenge: Option<&Challenge>,
) -> Result<Grant, LoginError> {
    let person = person(args).await?;
    let login = Login {
        wire,
        clock: &logins::clock(),
        endpoint,
        wishes,
        challenge,
        by: By::Person(&person),
        prover: None,
        progress: &progress,
    };
    login.run().await
}

fn progress(progress: Progress) {
    tell(&progress.to_string());
}

/// A browser here, or one elsewhere whose last address is pasted.
async fn person(args: &LoginArgs) -> Result<Loopback, LoginError> {
    let remote =
        args.paste || page::is_remote(&|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let browser = !remote && !args.no_browser;
    let minutes = args.wait;
    let wait = Duration::from_mins(minutes);
    let show = move |url: &Url| {
        let opened = browser && browse::open_address(url);
        term::talk(&page::instructions(url, opened, remote, minutes));
    };
    let person = Loopback::listen(args.port, wait, show, progress).await?;
    if remote || std::io::stdin().is_terminal() {
        return Ok(person.or_pasted(|| Box::pin(pasted())));
    }
    Ok(person)
}

/// One line of stdin. The thread stays where nobody writes one; the program ends without it.
async fn pasted() -> Option<String> {
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        match std::io::stdin().read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(line),
        }
    });
    line.await.ok().flatten()
}

async fn keep(vault: &FileVault, name: &Name, grant: &Grant) -> Result<(), Exit> {
    let lease = leased(vault, name).await?;
    let kept = vault.commit(&lease, grant).await;
    let _ = vault.release(lease).await;
    kept.map_err(|error| said(&error, Exit::Invalid))
}

/// Waits for a refresh that is under way.
async fn leased(vault: &FileVault, name: &Name) -> Result<Lease, Exit> {
    loop {
        match vault.lease(name, LEASE).await {
            Ok(lease) => return Ok(lease),
            Err(held @ VaultError::Held { .. }) => {
                tell(&format!("{held}; waiting"));
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            Err(error) => return Err(said(&error, Exit::Invalid)),
        }
    }
}

fn open(args: &LoginArgs) -> Result<Opened, Exit> {
    match logins::open(args.vault.as_deref(), true) {
        Ok(Some(opened)) => Ok(opened),
        Ok(None) => Err(Exit::Bug),
        Err(error) => Err(said(&error, Exit::Invalid)),
    }
}

/// A login without a name of its own is for the caller that most scenarios ask for.
fn done(name: &Name) -> String {
    let principal = match name.as_str() {
        UNNAMED => "reader",
        named => named,
    };
    format!(
        "logged in as {name}. Later runs refresh by themselves; in a target file:\n  principals: {{ {principal}: {{ oauth: {{ vault: {name} }} }} }}\n"
    )
}

fn failed(error: &LoginError) -> Exit {
    match error {
        LoginError::Denied { error: word, .. } => {
            let help = match word.as_str() {
                "access_denied" => "nothing has changed here; the same command asks again",
                "invalid_scope" => "nothing has changed here; --scope says what to ask for",
                _ => "nothing has changed here",
            };
            term::complain_with_help(&error.to_string(), help);
        }
        LoginError::Nobody(_) => term::complain_with_help(
            &error.to_string(),
            "nothing has changed here; the same command asks again, and --wait MINUTES waits longer",
        ),
        _ => term::complain(&error.to_string()),
    }
    match error {
        LoginError::Address { .. } | LoginError::NotAUrl { .. } => Exit::Usage,
        LoginError::NoRegistration { .. } | LoginError::Client { .. } => Exit::Invalid,
        _ => Exit::Unjudged,
    }
}

fn said(error: &VaultError, exit: Exit) -> Exit {
    term::complain(&error.to_string());
    exit
}

fn tell(text: &str) {
    // What servers say is among it: one line, no control characters.
    term::talk(&format!("  {}\n", term::clipped(text, 400)));
}

/// Without query: it may hold a secret of the user.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}
