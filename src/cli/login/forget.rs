//! `hallmark login --forget`: given back to the server, then gone here.

use super::super::Exit;
use super::super::args::LoginArgs;
use super::super::{logins, subject, term};
use super::{leased, said, tell};
use crate::oauth::client::{Revoked, revoke};
use crate::oauth::vault::{Grant, Name, Vault as _};
use crate::target::ResolvedTls;

pub(super) async fn forget(args: &LoginArgs, name: &Name) -> Result<Exit, Exit> {
    let opened = logins::open(args.vault.as_deref(), false).map_err(|error| said(&error, Exit::Invalid))?;
    let Some(vault) = opened.map(|opened| opened.vault) else {
        return Ok(nothing(name));
    };
    // A refresh that is under way would bring a token that is not revoked.
    let lease = leased(&vault, name).await?;
    let done = match vault.read(name).await {
        Ok(None) => Ok(Err(nothing(name))),
        Ok(Some(grant)) => revoked(args, &grant).await.map(Ok),
        Err(error) if args.force => {
            tell(&format!("{error}; so nothing can be revoked"));
            Ok(Ok(()))
        }
        Err(error) => {
            term::complain_with_help(
                &error.to_string(),
                "--forget --force deletes it without revoking it",
            );
            Err(Exit::Invalid)
        }
    };
    let deleted = match &done {
        Ok(Ok(())) => vault.delete(&lease).await,
        _ => Ok(()),
    };
    let _ = vault.release(lease).await;
    deleted.map_err(|error| said(&error, Exit::Invalid))?;
    if let Err(exit) = done? {
        return Ok(exit);
    }
    term::out(&format!("`{name}` is forgotten\n"));
    Ok(Exit::Good)
}

async fn revoked(args: &LoginArgs, grant: &Grant) -> Result<(), Exit> {
    let wire = subject::wire_with(&args.wire, ResolvedTls::default(), false)?;
    match revoke(&wire, &logins::clock(), grant).await {
        Revoked::Yes => tell(&format!("revoked at {}", grant.issuer)),
        Revoked::NoToken => tell("there is no token left to revoke"),
        Revoked::NoEndpoint => tell(&format!(
            "{} has no revocation endpoint: the tokens live there until they end, or until somebody withdraws the consent there",
            grant.issuer
        )),
        Revoked::No(why) if args.force => tell(&format!("{} did not revoke it: {why}", grant.issuer)),
        Revoked::No(why) => {
            term::complain_with_help(
                &format!("{} did not revoke it: {why}; it is kept", grant.issuer),
                "try again, or --forget --force to delete it here all the same",
            );
            return Err(Exit::Unjudged);
        }
    }
    Ok(())
}

fn nothing(name: &Name) -> Exit {
    term::out(&format!("there is no login `{name}`\n"));
    Exit::Good
}
