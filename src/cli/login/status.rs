//! `hallmark login --status`: how the logins stand, as far as the vault knows. Nothing is sent.

use std::fmt::Write as _;

use super::super::Exit;
use super::super::args::LoginArgs;
use super::super::{logins, term};
use super::said;
use crate::oauth::vault::{FileVault, Grant, Name, State, Tokens, Vault as _};

pub(super) async fn status(args: &LoginArgs, only: Option<&Name>) -> Result<Exit, Exit> {
    let opened = logins::open(args.vault.as_deref(), false).map_err(|error| said(&error, Exit::Invalid))?;
    let Some(opened) = opened else {
        term::out("nobody logged in yet: hallmark login --url MCP-ENDPOINT --as NAME\n");
        return Ok(Exit::Good);
    };
    let names = opened.vault.list().await;
    let mut names = names.map_err(|error| said(&error, Exit::Invalid))?;
    names.retain(|name| only.is_none_or(|only| only == name));
    if names.is_empty() {
        let who = only.map_or_else(
            || "nobody is logged in".to_owned(),
            |only| format!("there is no login `{only}`"),
        );
        let name = only.map_or("NAME", Name::as_str);
        term::out(&format!("{who}: hallmark login --url MCP-ENDPOINT --as {name}\n"));
        return Ok(if only.is_some() {
            Exit::Unjudged
        } else {
            Exit::Good
        });
    }
    let mut exit = Exit::Good;
    for name in names {
        let (text, good) = one(&opened.vault, &name).await;
        term::out(&text);
        if !good {
            exit = Exit::Unjudged;
        }
    }
    Ok(exit)
}

async fn one(vault: &FileVault, name: &Name) -> (String, bool) {
    match vault.read(name).await {
        Ok(Some(grant)) => {
            let now = logins::clock().seconds();
            (told(name, &grant, now), is_good(&grant))
        }
        // Forgotten in this moment.
        Ok(None) => (String::new(), true),
        Err(error) => (format!("{name}: {error}\n"), false),
    }
}

fn is_good(grant: &Grant) -> bool {
    grant.tokens().is_some_and(|tokens| tokens.alarm.is_none())
}

fn told(name: &Name, grant: &Grant, now: u64) -> String {
    let scope = if grant.scope.is_empty() {
        "no scope named".to_owned()
    } else {
        format!("scope {}", grant.scope.join(" "))
    };
    let (word, rest) = match &grant.state {
        State::Connected(tokens) => ("connected", connected(tokens, now)),
        State::Disconnected { at, why } => (
            "disconnected",
            format!(
                "  since {}: {why}\n  to reconnect: hallmark login --url {} --as {name}\n",
                day(*at),
                grant.endpoint
            ),
        ),
    };
    let text = format!(
        "{name}: {word}\n  {}\n  by {} as client {}, {scope}\n  consent of {}\n{rest}",
        grant.endpoint,
        grant.issuer,
        grant.client.id,
        day(grant.since)
    );
    // Servers wrote some of it.
    text.chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}

fn connected(tokens: &Tokens, now: u64) -> String {
    let mut text = String::new();
    let access = tokens.access.as_ref();
    let life = match access.map(|access| access.expires) {
        None => "no access token".to_owned(),
        Some(None) => "access token without an end".to_owned(),
        Some(Some(end)) if end > now => format!("access token for {}", span(end - now)),
        Some(Some(_)) => "access token ended".to_owned(),
    };
    let refresh = if tokens.refresh.is_some() {
        match tokens.refreshes {
            0 => "not refreshed yet".to_owned(),
            1 => "refreshed once".to_owned(),
            times => format!("refreshed {times} times"),
        }
    } else {
        "no refresh token: it ends with the access token".to_owned()
    };
    let _ = writeln!(text, "  {life}; {refresh}");
    if let Some(pending) = tokens.pending.as_ref().filter(|pending| pending.sent > 0) {
        let _ = writeln!(
            text,
            "  a refresh of {} brought no token ({} sent): the next one tries the same refresh token again",
            day(pending.since),
            pending.sent
        );
    }
    if let Some((at, why)) = &tokens.alarm {
        let _ = writeln!(
            text,
            "  ALARM since {}: the client is refused ({why}); the refresh token is kept",
            day(*at)
        );
    }
    text
}

fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn day(seconds: u64) -> String {
    let at = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    at.map_or_else(
        || "an unknown time".to_owned(),
        |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::vault::{Access, AuthMethod, Client, Pending};
    use crate::secret::Secret;

    fn grant(state: State) -> Grant {
        Grant {
            endpoint: "https://a.example/mcp".to_owned(),
            issuer: "https://b.example".to_owned(),
            token_endpoint: "https://b.example/token".to_owned(),
            revocation_endpoint: None,
            resource: None,
            client: Client {
                id: "c\u{7}1".to_owned(),
                secret: None,
                key: None,
                auth: AuthMethod::None,
            },
            scope: vec!["read".to_owned()],
            since: 1_700_000_000,
            state,
        }
    }

    #[test]
    fn words() {
        let tokens = Tokens {
            access: Some(Access {
                token: Secret::new("SECRET-A"),
                obtained: 0,
                expires: Some(1_700_003_600),
            }),
            refresh: Some(Secret::new("SECRET-R")),
            refreshes: 12,
            pending: None,
            alarm: None,
        };
        let troubled = Tokens {
            access: None,
            pending: Some(Pending {
                since: 1_700_000_000,
                sent: 2,
                not_before: None,
            }),
            alarm: Some((1_700_000_000, "invalid_client".to_owned())),
            ..tokens.clone()
        };
        let alone = Tokens {
            refresh: None,
            ..tokens.clone()
        };
        let gone = State::Disconnected {
            at: 1_700_000_000,
            why: "invalid_grant".to_owned(),
        };
        let name = Name::parse("writer").expect("a name");
        let all = [
            State::Connected(tokens),
            State::Connected(troubled),
            State::Connected(alone),
            gone,
        ]
        .map(|state| told(&name, &grant(state), 1_700_000_000));
        assert!(!all.concat().contains("SECRET"));
        insta::assert_snapshot!(all.join("\n"), @r"
        writer: connected
          https://a.example/mcp
          by https://b.example as client c1, scope read
          consent of 2023-11-14 22:13 UTC
          access token for 60 min; refreshed 12 times

        writer: connected
          https://a.example/mcp
          by https://b.example as client c1, scope read
          consent of 2023-11-14 22:13 UTC
          no access token; refreshed 12 times
          a refresh of 2023-11-14 22:13 UTC brought no token (2 sent): the next one tries the same refresh token again
          ALARM since 2023-11-14 22:13 UTC: the client is refused (invalid_client); the refresh token is kept

        writer: connected
          https://a.example/mcp
          by https://b.example as client c1, scope read
          consent of 2023-11-14 22:13 UTC
          access token for 60 min; no refresh token: it ends with the access token

        writer: disconnected
          https://a.example/mcp
          by https://b.example as client c1, scope read
          consent of 2023-11-14 22:13 UTC
          since 2023-11-14 22:13 UTC: invalid_grant
          to reconnect: hallmark login --url https://a.example/mcp --as writer
        ");
    }
}
