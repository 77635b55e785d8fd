//! Gives templates and written data their values.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::{Problem, Scope, World, filters};
use crate::expect::{
    Canaries, Content, Evidence, Single, Surroundings, Unresolved, Value, parse_duration, select,
};
use crate::oauth::jose::Key;
use crate::scenario::decode::tables::OAUTH_SELECTORS;
use crate::scenario::model::{Aim, Data, Piece, Reference, Selector, Spanned, Template, Time};
use crate::target::{self, Takes};

/// A world and the names in scope.
#[derive(Clone, Copy)]
pub struct Fill<'a> {
    /// The case's world.
    pub world: &'a World,
    /// The names.
    pub scope: &'a Scope,
}

impl<'a> Fill<'a> {
    /// Both together.
    pub fn new(world: &'a World, scope: &'a Scope) -> Self {
        Self { world, scope }
    }

    /// A template's value. One that is only a reference keeps the reference's type.
    pub fn template(&self, template: &Template) -> Result<Value, Unresolved> {
        if let [Piece::Reference(_)] = template.pieces.as_slice() {
            return Ok(pruned(self.whole(template)?));
        }
        let mut text = String::new();
        let mut secret = false;
        for piece in &template.pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Reference(reference) => {
                    let value = self.reference(reference)?;
                    secret |= value.secret;
                    let part = value.text().ok_or_else(|| Unresolved::ListInText {
                        path: reference.path.join("."),
                    })?;
                    text.push_str(&part);
                }
            }
        }
        Ok(Value::json(text).tainted(secret))
    }

    /// The same, with the places of what is left out in a row's mapping still marked.
    pub(super) fn whole(&self, template: &Template) -> Result<Value, Unresolved> {
        match template.pieces.as_slice() {
            [Piece::Reference(reference)] => self.reference(reference),
            _ => self.template(template),
        }
    }

    /// Written data, with `${omit}` inside of it marked: a row's mapping is read by who must know what it leaves out.
    pub fn keeping_omissions(&self, data: &Data) -> Result<Value, Unresolved> {
        let mark = |value: Value| {
            if value.is_omit() {
                Json::from(OMITTED)
            } else {
                value.to_json()
            }
        };
        Ok(match data {
            Data::List(items, _) => {
                let mut list = Vec::new();
                let mut secret = false;
                for item in items {
                    let value = self.keeping_omissions(item)?;
                    secret |= value.secret;
                    list.push(mark(value));
                }
                Value::json(list).tainted(secret)
            }
            Data::Map(members, _) => {
                let mut map = Map::new();
                let mut secret = false;
                for (name, member) in members {
                    let value = self.keeping_omissions(member)?;
                    secret |= value.secret;
                    map.insert(name.value.clone(), mark(value));
                }
                Value::json(Json::Object(map)).tainted(secret)
            }
            Data::Text(template) => self.whole(template)?,
            other => self.data(other)?,
        })
    }

    /// A member of a mapping that may hold marks.
    pub(super) fn member_value(member: Json) -> Value {
        if member == OMITTED {
            return Value::omit();
        }
        Value::json(member)
    }

    /// A template's value as text.
    pub fn text(&self, template: &Template) -> Result<String, Unresolved> {
        let value = self.template(template)?;
        value.text().ok_or_else(|| Unresolved::ListInText {
            path: "…".to_owned()
        })
    }

    /// Written data's value. Members that are `${omit}` are left out.
    pub fn data(&self, data: &Data) -> Result<Value, Unresolved> {
        Ok(match data {
            Data::Null(_) => Value::json(Json::Null),
            Data::Bool(value, _) => Value::json(*value),
            Data::Number(number, _) => Value::json(Json::Number(number.clone())),
            Data::Text(template) => self.template(template)?,
            Data::List(items, _) => {
                let mut list = Vec::new();
                let mut secret = false;
                for item in items {
                    let value = self.data(item)?;
                    secret |= value.secret;
                    if !value.is_omit() {
                        list.push(value.to_json());
                    }
                }
                Value::json(list).tainted(secret)
            }
            Data::Map(members, _) => {
                let mut map = Map::new();
                let mut secret = false;
                for (name, member) in members {
                    let value = self.data(member)?;
                    secret |= value.secret;
                    if !value.is_omit() {
                        map.insert(name.value.clone(), value.to_json());
                    }
                }
                Value::json(Json::Object(map)).tainted(secret)
            }
        })
    }

    /// A list of named values, those that are `${omit}` left out.
    pub fn members<'m>(
        &self,
        members: impl IntoIterator<Item = (&'m str, &'m Data)>,
    ) -> Result<BTreeMap<String, Value>, Unresolved> {
        let mut filled = BTreeMap::new();
        for (name, data) in members {
            filled.insert(name.to_owned(), self.data(data)?);
        }
        Ok(filled)
    }

    /// A time span.
    pub fn time(&self, time: &Time) -> Result<Duration, Unresolved> {
        match time {
            Time::Fixed(duration) => Ok(duration.value),
            Time::Reference(template) => {
                let value = self.template(template)?;
                value.as_duration().ok_or_else(|| Unresolved::Filter {
                    filter: "duration".to_owned(),
                    why: format!("{} is no time span", value.show()),
                })
            }
        }
    }

    fn reference(&self, reference: &Reference) -> Result<Value, Unresolved> {
        let found = self.lookup(&reference.path).map(|value| match &value.content {
            Content::Json(json) if *json == OMITTED => Value::omit(),
            _ => value,
        });
        let mut value = match (found, reference.filters.first()) {
            (Err(_), Some(filter)) if filter.name == "default" => {
                fallback(filter.argument.as_deref().unwrap_or_default())
            }
            (found, _) => found?,
        };
        let written = value.clone();
        for filter in &reference.filters {
            let secret = value.secret;
            value = filters::apply(filter, value, self.world)?.tainted(secret);
        }
        self.learn(reference, &written, &value);
        Ok(value)
    }

    /// Whatever a filter makes of a credential is masked like it.
    fn learn(&self, reference: &Reference, written: &Value, value: &Value) {
        if value.secret && !reference.filters.is_empty() {
            let whole = written.text().unwrap_or_default();
            // What still holds the whole credential (repeated, prefixed) is masked by it.
            if let Some(text) = value.text().filter(|text| !text.contains(&whole)) {
                let name = reference
                    .path
                    .iter()
                    .rev()
                    .find(|part| *part != "token")
                    .map_or("secret", String::as_str);
                self.world.scrubber().learn_derived(name, &text);
            }
        }
    }

    fn lookup(&self, path: &[String]) -> Result<Value, Unresolved> {
        let missing = || Unresolved::Missing { path: path.join(".") };
        let rest = &path[1..];
        match path[0].as_str() {
            "omit" => Ok(Value::omit()),
            "case" => member(
                self.scope
                    .case
                    .get(rest.first().ok_or_else(missing)?)
                    .ok_or_else(missing)?,
                &rest[1..],
            )
            .ok_or_else(missing),
            "with" => member(
                self.scope
                    .with
                    .get(rest.first().ok_or_else(missing)?)
                    .ok_or_else(missing)?,
                &rest[1..],
            )
            .ok_or_else(missing),
            "each" => self
                .scope
                .each
                .as_ref()
                .and_then(|each| member(each, rest))
                .ok_or_else(missing),
            "principal" => self.principal(rest).ok_or_else(|| Unresolved::Undeclared {
                path: format!("principals.{}", rest.join(".")),
            }),
            "target" => self.target(rest),
            "own" if rest == ["jwk"] => {
                let key = self.world.oauth.own_key().and_then(Key::jwk);
                key.map(Value::json).ok_or_else(missing)
            }
            "round" if rest.is_empty() => self.scope.round.map(Value::json).ok_or_else(missing),
            "env" => rest
                .first()
                .and_then(|name| self.world.target().env(name))
                .map(|secret| Value::json(secret.expose()).tainted(true))
                .ok_or_else(missing),
            "run" => self.run(rest).ok_or_else(missing),
            "fresh" => match rest {
                [kind, name] => self.world.fresh(kind, name).map(Value::json).ok_or_else(missing),
                _ => Err(missing()),
            },
            "rule" if rest.first().is_some_and(|part| part == "param") => rest
                .get(1)
                .and_then(|name| self.world.parts.params.get(name))
                .cloned()
                .map(Value::json)
                .ok_or_else(missing),
            "param" => rest
                .first()
                .and_then(|name| self.world.parts.params.get(name))
                .cloned()
                .map(Value::json)
                .ok_or_else(missing),
            "world" if rest.len() == 1 => self.scope.of_world(&rest[0]).cloned().ok_or_else(missing),
            name => self.own(name, rest).ok_or_else(missing),
        }
    }

    fn principal(&self, path: &[String]) -> Option<Value> {
        let [name, what] = path else { return None };
        let principal = self.world.target().principal(name)?;
        match what.as_str() {
            "token" => {
                let obtained = || self.world.own_token(name).or_else(|| self.world.last_token(name));
                let token = principal.bearer.clone().or_else(obtained);
                token.map(|token| Value::json(token.expose()).tainted(true))
            }
            "user" | "password" => {
                let user = principal.oauth.as_ref()?.user.as_ref()?;
                let user = self.world.target().oauth.as_ref()?.user(user)?;
                if what == "user" {
                    return Some(Value::json(user.login.clone()));
                }
                let password = user.password.as_ref()?;
                Some(Value::json(password.expose()).tainted(true))
            }
            "scopes" => Some(Value::json(principal.scopes.clone())),
            "canary" => principal.canaries.first().cloned().map(Value::json),
            _ => None,
        }
    }

    fn target(&self, path: &[String]) -> Result<Value, Unresolved> {
        if let ["credentials", kind] = path.iter().map(String::as_str).collect::<Vec<_>>().as_slice()
            && let Some(secret) = self.world.target().credentials.get(*kind)
        {
            return Ok(Value::json(secret.expose()).tainted(true));
        }
        if let Some((root, rest)) = path.split_first()
            && root == "oauth"
        {
            let secret = rest.last().is_some_and(|part| part == "secret");
            let value = self.oauth(rest).map(|value| value.tainted(secret));
            return value.ok_or_else(|| Unresolved::Undeclared { path: path.join(".") });
        }
        let value = target::value(self.world.target(), path);
        let secret =
            matches!(path, [root, part] if root == "webhooks" && (part == "offered" || part == "secret"));
        value
            .map(|value| Value::json(value).tainted(secret))
            .ok_or_else(|| Unresolved::Undeclared { path: path.join(".") })
    }

    /// Of the target file, of a client that registered itself, or of the server's metadata.
    fn oauth(&self, path: &[String]) -> Option<Value> {
        let found = self.world.oauth.authority_now();
        let members = found.as_ref().map(|found| &*found.members);
        let target = self.world.target();
        let value = target::oauth_value(target, members.or(target.authority.as_deref()), path);
        value.map(Value::json).or_else(|| match path {
            [root, name, part] if root == "client" || root == "clients" => {
                self.world.parts.accounts.registered(name, part).map(Value::json)
            }
            _ => None,
        })
    }

    fn run(&self, path: &[String]) -> Option<Value> {
        match path.first()?.as_str() {
            "id" => Some(Value::json(self.world.parts.run_id.clone())),
            "seed" => Some(Value::json(self.world.parts.seed)),
            "revision" => Some(Value::json(self.world.parts.revision.as_str())),
            "now" => Some(Value::json(self.world.now())),
            _ => None,
        }
    }

    /// A capture, or something of an earlier step's evidence: `${plain.duration}`, `${born.first}`, `${a.last.status}`.
    fn own(&self, name: &str, rest: &[String]) -> Option<Value> {
        if let Some(value) = self.scope.captured(name) {
            return member(value, rest);
        }
        if let (Some(listener), [part]) = (self.world.oauth.listener(name), rest) {
            match part.as_str() {
                "url" => return Some(Value::json(listener.url())),
                "host" => return Some(Value::json(listener.authority())),
                "port" => return Some(Value::json(listener.port())),
                _ => {}
            }
        }
        if let [part] = rest
            && let Some(text) = self.world.inboxes.part(name, part)
        {
            return Some(Value::json(text));
        }
        let mut evidence = self.scope.evidence(name)?;
        let mut rest = rest;
        while let Some(step) = rest.first() {
            evidence = match (step.as_str(), evidence) {
                ("first", Evidence::Series(items) | Evidence::Round { all: items, .. }) => items.first()?,
                ("last", Evidence::Series(items) | Evidence::Round { all: items, .. }) => items.last()?,
                ("median", evidence) => evidence.median()?,
                (name, Evidence::Round { named, .. }) if named.contains_key(name) => &named[name],
                _ => break,
            };
            rest = &rest[1..];
        }
        let single = evidence.last_single()?;
        if let Some((sent, rest)) = rest.split_first()
            && sent == "sent"
        {
            return self::sent(single, rest);
        }
        let selector = match rest.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["status"] => Selector::Status,
            ["outcome"] => Selector::Outcome,
            ["sees"] => Selector::Sees,
            ["duration"] => Selector::Duration,
            ["body"] => Selector::Body,
            ["retry_after"] => Selector::RetryAfter,
            ["pause"] => Selector::Pause,
            ["rate", name] => {
                let said = select(&Selector::Rates, single, self).value()?.to_json();
                let said = said.as_array()?.iter().find_map(|one| one.get(*name));
                return said.cloned().map(Value::json);
            }
            ["callback", name] => Selector::CallbackParam((*name).to_owned()),
            [name] if OAUTH_SELECTORS.contains(name) => Selector::OAuth((*name).to_owned()),
            ["headers", header] => Selector::Header((*header).to_owned()),
            ["result", output] => Selector::Result((*output).to_owned()),
            _ => return None,
        };
        select(&selector, single, self).value()
    }
}

/// Of the request: `body`, or `headers` and a name.
fn sent(single: &Single, path: &[String]) -> Option<Value> {
    let request = &single.exchange.as_ref()?.request;
    let bytes = match path {
        [part] if part == "body" => &request.body[..],
        [part, name] if part == "headers" => {
            let mut headers = request.headers.iter();
            &headers.find(|(field, _)| field.eq_ignore_ascii_case(name))?.1
        }
        _ => return None,
    };
    Some(Value::json(String::from_utf8_lossy(bytes).into_owned()))
}

/// Stands where a row's mapping leaves something out. Nobody writes this.
const OMITTED: &str = "\u{0}left out by hallmark\u{0}";

/// Without the marks, and without what they stand for.
fn pruned(value: Value) -> Value {
    fn prune(json: &mut Json) {
        match json {
            Json::Array(items) => {
                items.retain(|item| *item != OMITTED);
                items.iter_mut().for_each(prune);
            }
            Json::Object(members) => {
                members.retain(|_, member| *member != OMITTED);
                members.values_mut().for_each(prune);
            }
            _ => {}
        }
    }
    match value.content {
        Content::Json(mut json @ (Json::Array(_) | Json::Object(_))) => {
            prune(&mut json);
            Value::json(json).tainted(value.secret)
        }
        _ => value,
    }
}

/// What `default` puts where there is nothing: a time span, a number or a text.
fn fallback(text: &str) -> Value {
    match (parse_duration(text), text.parse::<i64>()) {
        (Some(duration), _) => Value::duration(duration),
        (None, Ok(number)) => Value::json(number),
        (None, Err(_)) => Value::json(text),
    }
}

/// The inputs of a probe, stream or message: its own defaults, overruled by the ids of a place, overruled by `with`. An
/// input it does not declare is a problem of the target file.
pub(super) fn inputs(
    of: Takes<'_>,
    with: &[(Spanned<String>, Data)],
    aim: Option<&Aim>,
    fill: Fill<'_>,
) -> Result<BTreeMap<String, Value>, Problem> {
    let mut inputs = fill.members(of.with.iter().map(|(name, data)| (name.as_str(), data)))?;
    if let Some(aim) = aim {
        inputs.extend(aimed(of, with, aim, fill)?);
    }
    for (name, data) in with {
        if !of.inputs.contains(&name.value) {
            return Err(Problem::Undeclared {
                what: format!("an input `{}` of {} `{}`", name.value, of.what, of.name),
                unlock: format!("{}.{}.with: {{ {}: … }}", of.key, of.name, name.value),
            });
        }
        inputs.insert(name.value.clone(), fill.data(data)?);
    }
    Ok(inputs)
}

/// The ids of a place that are taken. An input that is needed and nobody gives is a gap in the target file.
fn aimed(
    of: Takes<'_>,
    with: &[(Spanned<String>, Data)],
    aim: &Aim,
    fill: Fill<'_>,
) -> Result<BTreeMap<String, Value>, Problem> {
    let (Aim::At(template) | Aim::Like(template)) = aim;
    let place = fill.text(template)?;
    let line = |id: &str| match place.as_str() {
        "own" | "foreign" => format!("{place}: {{ {id}: … }}"),
        name => format!("places: {{ {name}: {{ {id}: … }} }}"),
    };
    let Some(ids) = fill.world.target().place(&place) else {
        return Err(Problem::Undeclared {
            what: format!("the place `{place}`"),
            unlock: line(of.inputs.first().map_or("id", String::as_str)),
        });
    };
    let mut inputs = BTreeMap::new();
    for input in of.inputs {
        if let Some(id) = ids.get(input) {
            let value = Value::json(id.clone());
            let like = match (aim, value.text()) {
                (Aim::Like(_), Some(text)) => Value::json(filters::lookalike(&text, fill.world.parts.seed)),
                _ => value,
            };
            inputs.insert(input.clone(), like);
        } else if !of.with.contains_key(input) && !with.iter().any(|(name, _)| name.value == *input) {
            return Err(Problem::Undeclared {
                what: format!(
                    "`{input}` of the place `{place}`, which the {} `{}` needs",
                    of.what, of.name
                ),
                unlock: line(input),
            });
        }
    }
    Ok(inputs)
}

/// A member of a value: of an object by name, of a list by `first`, `last` or index.
fn member(value: &Value, path: &[String]) -> Option<Value> {
    let Some((name, rest)) = path.split_first() else {
        return Some(value.clone());
    };
    let json = value.to_json();
    let inner = match &json {
        Json::Object(object) => object.get(name)?.clone(),
        Json::Array(items) => match name.as_str() {
            "first" => items.first()?.clone(),
            "last" => items.last()?.clone(),
            index => items.get(index.parse::<usize>().ok()?)?.clone(),
        },
        _ => return None,
    };
    member(&Value::json(inner).tainted(value.secret), rest)
}

impl Surroundings for Fill<'_> {
    fn resolve(&self, data: &Data) -> Result<Value, Unresolved> {
        self.data(data)
    }

    fn canaries(&self) -> &Canaries {
        self.world.canaries()
    }

    fn evidence(&self, handle: &str) -> Option<Evidence> {
        self.scope.evidence(handle).cloned()
    }

    fn passed_since(&self, handle: &str) -> Duration {
        self.world.passed().saturating_sub(self.scope.passed_at(handle))
    }
}
