//! Every text of a call, in the order written.

use std::collections::BTreeSet;

use super::reference::walk;
use crate::scenario::model::{HeaderValue, Template};
use crate::target::probe::{Call, HttpCall, HttpContent};

/// The names of `${with.NAME}` in a call.
pub(super) fn inputs(call: &Call) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    visit(call, &mut |template| {
        for reference in template.references() {
            if let [root, name, ..] = reference.path.as_slice()
                && root == "with"
            {
                names.insert(name.clone());
            }
        }
    });
    names
}

/// Calls `visit` for every text of a call.
pub(in crate::target) fn visit<'c>(call: &'c Call, visit: &mut impl FnMut(&'c Template)) {
    match call {
        Call::Tool {
            tool: text,
            arguments: data,
        }
        | Call::Method {
            method: text,
            params: data,
        } => {
            visit(text);
            if let Some(data) = data {
                walk(data, visit);
            }
        }
        Call::Http(call) => http(call, visit),
    }
}

/// The same of a plain request.
pub(in crate::target) fn http<'c>(http: &'c HttpCall, visit: &mut impl FnMut(&'c Template)) {
    http.method.iter().chain([&http.url]).for_each(&mut *visit);
    for (_, value) in &http.headers {
        match value {
            HeaderValue::One(line) => visit(line),
            HeaderValue::Many(lines) => lines.iter().for_each(&mut *visit),
        }
    }
    for (_, data) in &http.query {
        walk(data, visit);
    }
    match &http.content {
        HttpContent::Empty => {}
        HttpContent::Json(data) => walk(data, visit),
        HttpContent::Form(pairs) => {
            for (_, data) in pairs {
                walk(data, visit);
            }
        }
        HttpContent::Body(text) => visit(text),
    }
}
