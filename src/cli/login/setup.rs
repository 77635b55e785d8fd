//! What the command line asks for, before anything is sent.

use std::sync::Arc;

use super::super::args::LoginArgs;
use super::super::{Exit, check, term};
use crate::oauth::client::Wishes;
use crate::oauth::vault::{AuthMethod, Client};
use crate::scenario::diagnostic::Diagnostics;
use crate::secret::Secret;
use crate::target::{Resolved, Target, adhoc, resolve_env};

/// Of the command line or of a file, of which only the endpoint and the certificates count.
pub(super) fn target(args: &LoginArgs) -> Result<Target, Exit> {
    if let Some(url) = &args.url {
        return adhoc(url, None).map_err(|problem| {
            term::complain(&problem.to_string());
            Exit::Usage
        });
    }
    let Some(path) = &args.target else {
        term::complain_with_help("log in to what?", "--url MCP-ENDPOINT, or --target FILE");
        return Err(Exit::Usage);
    };
    let mut diagnostics = Diagnostics::new();
    let target = check::target_file(path, &mut diagnostics)?;
    check::report(&mut diagnostics, false);
    target.filter(|_| !diagnostics.has_errors()).ok_or(Exit::Invalid)
}

/// Endpoint and certificates. Other variables of the file may be missing where somebody logs in.
pub(super) fn resolved(target: &Target) -> Result<Resolved, Exit> {
    let mut bare = Target::bare(target.name.clone(), target.mcp.clone());
    bare.file.clone_from(&target.file);
    bare.tls = target.tls.clone();
    resolve_env(&Arc::new(bare), &|name| std::env::var(name).ok()).map_err(|problems| {
        for problem in &problems {
            term::complain(&format!("{} ({})", problem.why, problem.used_for));
        }
        Exit::Invalid
    })
}

pub(super) fn wishes(args: &LoginArgs) -> Result<Wishes, Exit> {
    Ok(Wishes {
        scopes: (!args.scope.is_empty()).then(|| {
            args.scope
                .iter()
                .flat_map(|scope| scope.split_whitespace())
                .map(str::to_owned)
                .collect()
        }),
        client: client(args)?,
        before: None,
        document: args.client.client_document.clone(),
        issuer: args.client.issuer.clone(),
        localhost: args.allow_localhost,
    })
}

fn client(args: &LoginArgs) -> Result<Option<Client>, Exit> {
    let Some(id) = args.client.client_id.clone() else {
        return Ok(None);
    };
    let secret = from_variable(args.client.client_secret_env.as_deref())?;
    let key = from_variable(args.client.client_key_env.as_deref())?;
    let auth = match args.client.client_auth.as_deref() {
        Some(name) => AuthMethod::parse(name).ok_or_else(|| {
            let all = AuthMethod::ALL.map(AuthMethod::as_str).join(", ");
            term::complain_with_help(&format!("--client-auth knows no `{name}`"), &all);
            Exit::Usage
        })?,
        None if secret.is_some() => AuthMethod::ClientSecretBasic,
        None if key.is_some() => AuthMethod::PrivateKeyJwt,
        None => AuthMethod::None,
    };
    Ok(Some(Client {
        id,
        secret,
        key,
        auth,
    }))
}

fn from_variable(name: Option<&str>) -> Result<Option<Secret>, Exit> {
    let Some(name) = name else {
        return Ok(None);
    };
    let value = std::env::var(name).unwrap_or_default();
    if value.trim().is_empty() {
        term::complain_with_help(
            &format!("the variable {name} is not set, or empty"),
            "nothing was sent",
        );
        return Err(Exit::Invalid);
    }
    Ok(Some(Secret::new(value.trim())))
}
