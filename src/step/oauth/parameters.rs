//! Parameters of a request: derived ones, and what an author writes over them.

use serde_json::Value as Json;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::expect::Value;
use crate::scenario::model::Data;
use crate::step::{Fill, Problem};

/// Names and values, in order; names may repeat.
#[derive(Clone, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn add(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    pub(super) fn add_all(&mut self, name: &str, values: &[String]) {
        for value in values {
            self.add(name, value.clone());
        }
    }

    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let named = self.0.iter().filter(|(other, _)| other == name);
        named.map(|(_, value)| value.clone()).collect()
    }

    /// What is written beats what is derived: a list is repeated, `${omit}` and null leave the parameter out.
    pub(super) fn overrule(&mut self, written: Option<&Data>, fill: Fill<'_>) -> Result<(), Problem> {
        let Some(data) = written else { return Ok(()) };
        for (name, values) in members(data, fill)? {
            self.0.retain(|(other, _)| *other != name);
            self.add_all(&name, &texts(&values));
        }
        Ok(())
    }

    /// `application/x-www-form-urlencoded`.
    pub(super) fn form(&self) -> String {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(&self.0);
        form.finish()
    }

    /// As a JSON object; a repeated parameter is a list.
    pub(super) fn json(&self) -> Json {
        let mut object = serde_json::Map::new();
        for (name, _) in &self.0 {
            let all = self.all(name);
            let value = match all.as_slice() {
                [one] => Json::from(one.clone()),
                several => Json::from(several.to_vec()),
            };
            object.insert(name.clone(), value);
        }
        Json::Object(object)
    }

    /// Added to the query of a URL.
    pub(super) fn in_query(&self, mut url: Url) -> Url {
        if !self.0.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.0);
        }
        url
    }
}

/// The members of a written mapping, or of one given by reference, those that are left out included.
pub(in crate::step) fn members(data: &Data, fill: Fill<'_>) -> Result<Vec<(String, Value)>, Problem> {
    match data {
        Data::Map(members, _) => members
            .iter()
            .map(|(name, member)| Ok((name.value.clone(), fill.keeping_omissions(member)?)))
            .collect(),
        Data::Text(template) => {
            let value = fill.whole(template)?;
            if value.is_omit() {
                return Ok(Vec::new());
            }
            let Json::Object(object) = value.to_json() else {
                return Err(Problem::Unusable(format!(
                    "a mapping of names and values was wanted, got {}",
                    value.show()
                )));
            };
            let secret = value.secret;
            Ok(object
                .into_iter()
                .map(|(name, member)| (name, Fill::member_value(member).tainted(secret)))
                .collect())
        }
        _ => Err(Problem::Unusable(
            "a mapping of names and values was wanted".to_owned(),
        )),
    }
}

/// A value as parameter values: none, one, or several.
fn texts(value: &Value) -> Vec<String> {
    if value.is_omit() {
        return Vec::new();
    }
    match value.to_json() {
        Json::Array(items) => items
            .into_iter()
            .map(Fill::member_value)
            .filter(|item| !item.is_omit())
            .map(|item| plain(&item))
            .collect(),
        Json::Null => Vec::new(),
        _ => vec![plain(value)],
    }
}

fn plain(value: &Value) -> String {
    value.text().unwrap_or_else(|| value.to_json().to_string())
}

/// A list of texts, or one text; `None` where it is left out.
pub(super) fn list(data: &Data, fill: Fill<'_>) -> Result<Option<Vec<String>>, Problem> {
    let value = fill.data(data)?;
    if value.is_omit() {
        return Ok(None);
    }
    Ok(Some(texts(&value)))
}
