//! Secrets written into a file. Works on the text, comments included: a secret in a comment is a secret in a file.
//!
//! What it finds is never shown again: the place is concealed in every diagnostic.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::model::{At, SourceFile};

/// Each with the group that holds the secret.
static SHAPES: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    let shapes = [
        (
            r"\b(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)",
            "a JSON Web Token",
        ),
        (
            r"\b((?:fiok_|sk-|ghp_|gho_|ghs_|github_pat_|glpat-|xox[abp]-|AKIA|AIza|npm_)[A-Za-z0-9_-]{12,})",
            "a credential with a known prefix",
        ),
        (
            r"(?i:\b(?:bearer|basic)[ \t]+)([A-Za-z0-9._~+/-]{20,}=*)",
            "a credential",
        ),
        (
            r#"(?i:["']?\b(?:authorization|bearer|[a-z_-]*token|[a-z_-]*secret|password|api[_-]?key)["']?[ \t]*:[ \t]*)["']?([A-Za-z0-9._~+/-]{20,}=*)"#,
            "a credential",
        ),
    ];
    shapes
        .into_iter()
        .filter_map(|(pattern, what)| Some((Regex::new(pattern).ok()?, what)))
        .collect()
});

/// Reports every text that looks like a secret, once per place.
pub fn scan(file: &Arc<SourceFile>, d: &mut Diagnostics) {
    for (index, line) in file.text.lines().enumerate() {
        let mut found: BTreeMap<usize, (usize, &'static str)> = BTreeMap::new();
        for (shape, what) in SHAPES.iter() {
            for captures in shape.captures_iter(line) {
                let Some(secret) = captures.get(1) else { continue };
                let overlaps = found
                    .iter()
                    .any(|(from, (to, _))| secret.start() < *to && *from < secret.end());
                if !overlaps && looks_random(secret.as_str()) {
                    found.insert(secret.start(), (secret.end(), what));
                }
            }
        }
        for (from, (to, what)) in found {
            let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
            let at = At {
                file: Arc::clone(file),
                line: u32::try_from(index + 1).unwrap_or(u32::MAX),
                column: count(&line[..from]).saturating_add(1),
                len: count(&line[from..to]).max(1),
            };
            d.conceal(&at);
            d.error("secret-in-file", &at, format!("this looks like {what} written into a file"))
                .help("use `${principal.NAME.token}` in a scenario, `${env.NAME}` in a target file; replace the secret");
        }
    }
}

/// Not a placeholder: enough different characters, and not one word of letters.
fn looks_random(text: &str) -> bool {
    let mut counts: BTreeMap<char, usize> = BTreeMap::new();
    for c in text.chars() {
        *counts.entry(c).or_default() += 1;
    }
    let has = |test: fn(char) -> bool| text.chars().any(test);
    let mixed = has(|c| c.is_ascii_digit()) && has(|c| c.is_ascii_alphabetic());
    mixed && entropy(&counts, text.chars().count()) >= 3.0
}

/// Bits per character.
fn entropy(counts: &BTreeMap<char, usize>, total: usize) -> f64 {
    let share = |count: &usize| {
        let count = u32::try_from(*count).unwrap_or(u32::MAX);
        f64::from(count) / f64::from(u32::try_from(total.max(1)).unwrap_or(u32::MAX))
    };
    counts
        .values()
        .map(share)
        .map(|share| -share * share.log2())
        .sum()
}
