//! The target of `hallmark run --url URL --bearer-env NAME`: no file at all.

use std::sync::Arc;

use super::decode::parse_url;
use super::model::{Credential, Principal, Target};
use crate::scenario::model::{At, Piece, Reference, SourceFile, Spanned, Template};

/// Why the arguments make no target. Never repeats a value that may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdhocProblem {
    /// `--url` is not usable.
    #[error("--url is not a usable URL: {reason}")]
    NotAUrl {
        /// Without the value.
        reason: String,
    },
    /// `--bearer-env` holds something that cannot be a variable's name: perhaps the token itself.
    #[error(
        "--bearer-env takes the name of an environment variable, not the token (letters, digits and `_`)"
    )]
    NotAVariable,
}

/// A target with one endpoint and, with a variable, one principal `reader` (without: only `nobody`). Probes are left
/// to discovery. The places of its parts point into a line `--url … --bearer-env …` of a file `<command line>`.
pub fn adhoc(url: &str, bearer_env: Option<&str>) -> Result<Target, AdhocProblem> {
    let parsed = parse_url(url).map_err(|reason| AdhocProblem::NotAUrl { reason })?;
    let variable = bearer_env.filter(|name| is_variable(name));
    if bearer_env.is_some() && variable.is_none() {
        return Err(AdhocProblem::NotAVariable);
    }
    let mut text = format!("--url {url}");
    let bearer_column = text.chars().count() + " --bearer-env ".len() + 1;
    if let Some(name) = variable {
        text.push_str(" --bearer-env ");
        text.push_str(name);
    }
    let file = Arc::new(SourceFile {
        path: "<command line>".to_owned(),
        text,
    });
    let at = |column: usize, len: usize| At {
        file: Arc::clone(&file),
        line: 1,
        column: u32::try_from(column).unwrap_or(u32::MAX),
        len: u32::try_from(len).unwrap_or(u32::MAX).max(1),
    };
    let name = parsed.host_str().unwrap_or("server");
    let mut target = Target::bare(
        name,
        Template::literal(url, at("--url ".len() + 1, url.chars().count())),
    );
    if let Some(variable) = variable {
        let at = at(bearer_column, variable.len());
        let path = vec!["env".to_owned(), variable.to_owned()];
        let reference = Piece::Reference(Reference {
            path,
            filters: Vec::new(),
        });
        target.principals.push(Principal {
            name: Spanned {
                value: "reader".to_owned(),
                at: at.clone(),
            },
            credential: Credential::Bearer(Template {
                pieces: vec![reference],
                at,
            }),
            scopes: Vec::new(),
            canaries: Vec::new(),
            tenant: None,
        });
    }
    Ok(target)
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
