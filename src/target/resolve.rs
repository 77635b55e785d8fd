//! From a target file to a target that can be called: variables read, URLs parsed, secrets wrapped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use url::Url;

use super::access::Place;
use super::decode::{parse_url, visit_call, visit_http, walk_data};
use super::model::{Credential, Principal, Target};
use super::oauth::{Consent, OAuth, ResolvedClient, ResolvedCredential, ResolvedOAuth, ResolvedUser};
use super::probe::Hook;
use super::resolved::{
    Resolved, ResolvedControl, ResolvedPlace, ResolvedPrincipal, ResolvedTls, Unresolved, Why,
};
use super::webhooks::{OWN, Receiver, ResolvedReceiver, ResolvedSubscription, ResolvedWebhooks, Webhooks};
use crate::scenario::model::{Data, Piece, Spanned, Template};
use crate::secret::Secret;

/// Reads every variable the target refers to through `env`; all that is missing comes back at once, in the order
/// of the file. An empty variable counts as missing.
pub fn resolve_env(
    target: &Arc<Target>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Resolved, Vec<Unresolved>> {
    let mut reader = Reader {
        env,
        problems: Vec::new(),
    };
    let mcp = reader.url(&target.mcp, "the MCP endpoint");
    let sse = target.sse.as_ref().filter(|_| !target.only_sse);
    let sse = sse.map(|url| reader.url(url, "`sse`"));
    let api = target.api.as_ref().map(|url| reader.url(url, "`api`"));
    let plain = target.plain.as_ref().map(|url| reader.url(url, "`plain`"));
    let siblings = reader.each(&target.siblings, |reader, name, url| {
        reader.url(url, &format!("the sibling {name}"))
    });
    let principals: Vec<_> = target
        .principals
        .iter()
        .map(|principal| reader.principal(principal))
        .collect();
    let headers: Vec<_> = target
        .headers
        .iter()
        .map(|(name, value)| reader.header(name, value))
        .collect();
    let credentials = reader.each(&target.credentials, |reader, name, secret| {
        reader.secret(secret, &format!("the credential {name}"))
    });
    let control = target.control.as_ref().map(|control| {
        let url = reader.url(&control.url, "the control door");
        let secret = control
            .secret
            .as_ref()
            .map(|secret| reader.secret(secret, "the secret of the control door"));
        url.map(|url| ResolvedControl {
            url,
            secret: secret.flatten(),
        })
    });
    let oauth = target.oauth.as_deref().map(|oauth| reader.oauth(oauth));
    let webhooks = target
        .webhooks
        .as_deref()
        .map(|webhooks| reader.webhooks(webhooks));
    let scopes = reader.each(&target.scopes, |reader, name, scopes| {
        Some(reader.texts(scopes, &format!("the scopes {name}")))
    });
    let promises = reader.each(&target.promises, |reader, name, data| {
        reader.data(data, &format!("the promise {name}"))
    });
    let rate = reader.each(&target.rate, |reader, name, data| {
        reader.data(data, &format!("`rate.{name}`"))
    });
    let events = reader.each(&target.events, |reader, name, data| {
        reader.data(data, &format!("`events.{name}`"))
    });
    let own = reader.each(&target.own, |reader, name, data| {
        reader.data(data, &format!("`own.{name}`"))
    });
    let foreign = reader.each(&target.foreign, |reader, name, data| {
        reader.data(data, &format!("`foreign.{name}`"))
    });
    let places = reader.each(&target.places, |reader, name, place| {
        Some(reader.place(name, place))
    });
    let every_param = reader.params(&target.params.every);
    let params = target
        .params
        .by_rule
        .iter()
        .map(|(rule, own)| (rule.clone(), reader.params(own)))
        .collect();
    let env = reader.calls(target);
    let Some(mcp) = mcp.filter(|_| reader.problems.is_empty()) else {
        return Err(reader.sorted());
    };
    Ok(Resolved {
        target: target.clone(),
        sse: sse.flatten().or_else(|| target.only_sse.then(|| mcp.clone())),
        mcp,
        api: api.flatten(),
        plain: plain.flatten(),
        siblings,
        principals,
        headers: headers.into_iter().flatten().collect(),
        credentials,
        control: control.flatten(),
        oauth,
        authority: None,
        resource: None,
        webhooks,
        scopes,
        tls: tls(target),
        promises,
        rate: with_derived(rate),
        events,
        own,
        foreign,
        places,
        params,
        every_param,
        env,
    })
}

/// Adds what follows: `most`, accepted in one window at the most, and the default of `flood`.
fn with_derived(mut rate: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let number = |name: &str, rate: &BTreeMap<String, Value>| rate.get(name).and_then(Value::as_u64);
    if let Some(limit) = number("limit", &rate) {
        let most = limit.saturating_add(number("burst", &rate).unwrap_or(0));
        rate.insert("most".to_owned(), most.into());
        rate.entry("flood".to_owned())
            .or_insert_with(|| most.saturating_mul(5).into());
    }
    rate
}

fn tls(target: &Target) -> ResolvedTls {
    let folder = target
        .file
        .as_ref()
        .and_then(|file| Path::new(&file.path).parent());
    let path = |written: &Spanned<String>| folder.unwrap_or(Path::new("")).join(&written.value);
    ResolvedTls {
        ca_file: target.tls.ca_file.as_ref().map(path),
        client_cert: target.tls.client_cert.as_ref().map(path),
        insecure: target.tls.insecure,
    }
}

struct Reader<'e> {
    env: &'e dyn Fn(&str) -> Option<String>,
    problems: Vec<Unresolved>,
}

impl Reader<'_> {
    fn sorted(mut self) -> Vec<Unresolved> {
        self.problems
            .sort_by_key(|problem| (problem.at.line, problem.at.column));
        self.problems
    }

    fn each<T, U>(
        &mut self,
        map: &BTreeMap<String, T>,
        mut read: impl FnMut(&mut Self, &str, &T) -> Option<U>,
    ) -> BTreeMap<String, U> {
        map.iter()
            .filter_map(|(name, value)| Some((name.clone(), read(self, name, value)?)))
            .collect()
    }

    /// The text with its variables filled in; what is missing is noted.
    fn fill(&mut self, template: &Template, used_for: &str) -> Option<String> {
        let mut text = String::new();
        let mut whole = true;
        for piece in &template.pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Reference(reference) => {
                    let name = reference.path.get(1).cloned().unwrap_or_default();
                    let value = (self.env)(&name);
                    if let Some(value) = value.as_deref().filter(|value| !value.trim().is_empty()) {
                        text.push_str(value);
                    } else {
                        whole = false;
                        let why = Why::Missing {
                            name,
                            empty: value.is_some(),
                        };
                        let at = template.place_of(reference);
                        self.problems.push(Unresolved {
                            why,
                            at,
                            used_for: used_for.to_owned(),
                        });
                    }
                }
            }
        }
        whole.then_some(text)
    }

    fn url(&mut self, template: &Template, used_for: &str) -> Option<Url> {
        let text = self.fill(template, used_for)?;
        match parse_url(text.trim()) {
            Ok(url) => Some(url),
            Err(reason) => {
                let why = Why::NotAUrl {
                    names: variables(template),
                    reason,
                };
                self.problems.push(Unresolved {
                    why,
                    at: template.at.clone(),
                    used_for: used_for.to_owned(),
                });
                None
            }
        }
    }

    /// A value that travels in a header: no control characters. Surrounding blanks and the line end that `$(cat file)`
    /// and secret stores leave are taken off.
    fn secret(&mut self, template: &Template, used_for: &str) -> Option<Secret> {
        let text = self.fill(template, used_for)?;
        let text = text.trim();
        if text.chars().any(char::is_control) {
            let why = Why::NotAHeader {
                names: variables(template),
            };
            self.problems.push(Unresolved {
                why,
                at: template.at.clone(),
                used_for: used_for.to_owned(),
            });
            return None;
        }
        Some(Secret::new(text.to_owned()))
    }

    fn header(&mut self, name: &Spanned<String>, value: &Template) -> Option<(String, Secret)> {
        let secret = self.secret(value, &format!("the header {}", name.value))?;
        Some((name.value.clone(), secret))
    }

    fn texts(&mut self, templates: &[Template], used_for: &str) -> Vec<String> {
        templates
            .iter()
            .filter_map(|template| self.fill(template, used_for))
            .collect()
    }

    fn principal(&mut self, principal: &Principal) -> ResolvedPrincipal {
        let name = &principal.name.value;
        let bearer = match &principal.credential {
            Credential::Bearer(bearer) => self.secret(bearer, &format!("the bearer token of {name}")),
            Credential::OAuth(_) | Credential::None => None,
        };
        let oauth = match &principal.credential {
            Credential::OAuth(credential) => Some(ResolvedCredential {
                client: credential.client.as_ref().map(|name| name.value.clone()),
                user: credential.user.as_ref().map(|name| name.value.clone()),
                scopes: self.texts(&credential.scopes, &format!("the scopes of {name}")),
                vault: credential.vault.as_ref().map(|name| name.value.clone()),
            }),
            Credential::Bearer(_) | Credential::None => None,
        };
        let mut scopes = self.texts(&principal.scopes, &format!("the scopes of {name}"));
        if let Some(oauth) = oauth.as_ref().filter(|_| scopes.is_empty()) {
            scopes.clone_from(&oauth.scopes);
        }
        let tenant = principal.tenant.as_ref();
        ResolvedPrincipal {
            bearer,
            oauth,
            scopes,
            canaries: self.texts(&principal.canaries, &format!("the canary of {name}")),
            tenant: tenant.and_then(|tenant| self.fill(tenant, &format!("the tenant of {name}"))),
            name: name.clone(),
        }
    }

    fn oauth(&mut self, oauth: &OAuth) -> ResolvedOAuth {
        let issuer = oauth.issuer.as_ref().and_then(|issuer| {
            self.url(issuer, "the issuer")?;
            self.fill(issuer, "the issuer")
        });
        let clients = oauth.clients.iter().filter_map(|client| {
            let name = &client.name.value;
            let secret = client.secret.as_ref();
            let secret =
                secret.and_then(|secret| self.secret(secret, &format!("the secret of client {name}")));
            let key = client.key.as_ref();
            let key = key.and_then(|key| self.pem(key, &format!("the key of client {name}")));
            let auth = match &client.auth {
                Some(auth) => auth.value.clone(),
                None if client.secret.is_some() => "basic".to_owned(),
                None if client.key.is_some() => "assertion".to_owned(),
                None => "none".to_owned(),
            };
            let redirect = client.redirect.as_ref();
            Some(ResolvedClient {
                id: match &client.id {
                    Some(id) => self.fill(id, &format!("the id of client {name}"))?,
                    None => String::new(),
                },
                register: match &client.register {
                    Some(metadata) => Some(self.data(metadata, &format!("the metadata of client {name}"))?),
                    None => None,
                },
                redirect: redirect
                    .and_then(|redirect| self.fill(redirect, &format!("the redirect URI of {name}"))),
                name: name.clone(),
                secret,
                auth,
                key,
            })
        });
        let clients = clients.collect();
        let users = oauth.users.iter().filter_map(|user| {
            let name = &user.name.value;
            let password = user.password.as_ref();
            Some(ResolvedUser {
                login: self.fill(&user.login, &format!("the name of user {name}"))?,
                password: password
                    .and_then(|password| self.secret(password, &format!("the password of {name}"))),
                name: name.clone(),
            })
        });
        let users = users.collect();
        let key = oauth.signing_key.as_ref();
        ResolvedOAuth {
            issuer,
            clients,
            users,
            signing_key: key.and_then(|key| self.pem(key, "the signing key")),
        }
    }

    fn webhooks(&mut self, webhooks: &Webhooks) -> ResolvedWebhooks {
        let url = webhooks.url.as_ref();
        let url = url.and_then(|url| self.url(url, "the address of inboxes"));
        let receivers = self.each(&webhooks.receivers, |reader, name, receiver| {
            let mut secret = |template: &Option<Template>, used_for| {
                let template = template.as_ref()?;
                reader.secret(
                    template,
                    &format!("the {used_for} of the webhook receiver {name}"),
                )
            };
            let (shared, signing_key) = (
                secret(&receiver.secret, "secret"),
                secret(&receiver.signing_key, "signing key"),
            );
            let unconfigured = receiver.unconfigured.as_ref();
            let unconfigured = unconfigured.and_then(|url| reader.url(url, "`unconfigured`"));
            let subscriptions = reader.subscriptions(name, receiver);
            let own = subscriptions.get(OWN).map(|own| own.secret.clone());
            Some(ResolvedReceiver {
                url: reader.url(&receiver.url, &format!("the webhook receiver {name}"))?,
                secret: shared.or(own),
                subscriptions,
                signing_key,
                unconfigured,
            })
        });
        ResolvedWebhooks { url, receivers }
    }

    fn subscriptions(&mut self, name: &str, receiver: &Receiver) -> BTreeMap<String, ResolvedSubscription> {
        self.each(&receiver.subscriptions, |reader, role, subscription| {
            let used_for = format!("of the subscription {role} of the webhook receiver {name}");
            let id = subscription.id.as_ref();
            let id = id.map(|id| reader.fill(id, &format!("the id {used_for}")));
            Some(ResolvedSubscription {
                secret: reader.secret(&subscription.secret, &format!("the secret {used_for}"))?,
                id: id.flatten(),
            })
        })
    }

    /// A key in PEM form, which has lines.
    fn pem(&mut self, template: &Template, used_for: &str) -> Option<Secret> {
        self.fill(template, used_for).map(|text| Secret::new(text.trim()))
    }

    fn place(&mut self, name: &str, place: &Place) -> ResolvedPlace {
        ResolvedPlace {
            ids: self.each(&place.ids, |reader, id, data| {
                reader.data(data, &format!("`places.{name}.{id}`"))
            }),
            canaries: self.texts(&place.canaries, &format!("the canary of the place {name}")),
        }
    }

    fn params(&mut self, params: &BTreeMap<String, Data>) -> BTreeMap<String, Value> {
        self.each(params, |reader, name, data| {
            reader.data(data, &format!("the parameter {name}"))
        })
    }

    fn data(&mut self, data: &Data, used_for: &str) -> Option<Value> {
        Some(match data {
            Data::Null(_) => Value::Null,
            Data::Bool(value, _) => Value::Bool(*value),
            Data::Number(number, _) => Value::Number(number.clone()),
            Data::Text(template) => Value::String(self.fill(template, used_for)?),
            Data::List(items, _) => items
                .iter()
                .filter_map(|item| self.data(item, used_for))
                .collect(),
            Data::Map(members, _) => {
                let members = members
                    .iter()
                    .filter_map(|(name, member)| Some((name.value.clone(), self.data(member, used_for)?)));
                Value::Object(members.collect())
            }
        })
    }

    /// The variables that probes and hooks refer to; they are filled in when a call is made.
    fn calls(&mut self, target: &Target) -> BTreeMap<String, Secret> {
        let mut found: Vec<(&Template, String)> = Vec::new();
        for (name, probe) in &target.probes {
            let used_for = format!("the probe {name}");
            let mut note = |template| found.push((template, used_for.clone()));
            visit_call(&probe.call, &mut note);
            if let Some(call) = &probe.undo {
                visit_call(call, &mut note);
            }
            for data in probe.with.values() {
                walk_data(data, &mut note);
            }
        }
        for channel in target.streams.values().chain(target.sockets.values()) {
            let used_for = format!("the stream or socket {}", channel.name.value);
            let mut note = |template| found.push((template, used_for.clone()));
            visit_http(&channel.call, &mut note);
            let said = channel.messages.values();
            let defaults = said.clone().flat_map(|message| message.with.values());
            let data = channel.with.values().chain(&channel.first).chain(defaults);
            for data in data.chain(said.map(|message| &message.data)) {
                walk_data(data, &mut note);
            }
        }
        for (verb, hook) in &target.hooks {
            let used_for = format!("the hook {}", verb.as_str());
            let mut note = |template| found.push((template, used_for.clone()));
            match hook {
                Hook::Call(call, _) => visit_call(call, &mut note),
                Hook::Exec(argv) => argv.iter().for_each(&mut note),
            }
        }
        let receivers = target
            .webhooks
            .iter()
            .flat_map(|webhooks| webhooks.receivers.values());
        for payload in receivers.filter_map(|receiver| receiver.payload.as_ref()) {
            walk_data(payload, &mut |template| {
                found.push((template, "the payload of a receiver".to_owned()));
            });
        }
        if let Some(Consent::Pages { pages, .. }) =
            target.oauth.as_deref().and_then(|oauth| oauth.consent.as_ref())
        {
            let fields = pages.iter().flat_map(|page| &page.fill);
            found.extend(fields.map(|(_, template)| (template, "a form of `oauth: { consent }`".to_owned())));
        }
        let mut env = BTreeMap::new();
        let mut missing = BTreeSet::new();
        for (template, used_for) in found {
            for reference in template
                .references()
                .filter(|reference| reference.path[0] == "env")
            {
                let name = reference.path.get(1).cloned().unwrap_or_default();
                let alone = Template {
                    pieces: vec![Piece::Reference(reference.clone())],
                    at: template.place_of(reference),
                };
                if env.contains_key(&name) || missing.contains(&name) {
                    continue;
                }
                match self.fill(&alone, &used_for) {
                    Some(value) => drop(env.insert(name, Secret::new(value))),
                    None => drop(missing.insert(name)),
                }
            }
        }
        env
    }
}

fn variables(template: &Template) -> Vec<String> {
    let names = template
        .references()
        .filter_map(|reference| reference.path.get(1).cloned());
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        vec!["the file's text".to_owned()]
    } else {
        names
    }
}
