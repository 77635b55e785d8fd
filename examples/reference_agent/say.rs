//! What this client says, on stderr, without its secrets.

use std::sync::{Mutex, PoisonError};

static SECRETS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Shorter texts are not looked for: they would take ordinary words out.
const SHORTEST: usize = 6;

/// From now on this text is not said.
pub(crate) fn learn(secret: &str) {
    let mut secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    if secret.len() >= SHORTEST && !secrets.iter().any(|known| known == secret) {
        secrets.push(secret.to_owned());
        // A long secret goes first, so that no piece of it stays behind where a short one is part of it.
        secrets.sort_by_key(|known| std::cmp::Reverse(known.len()));
    }
}

/// Says a line.
pub(crate) fn say(text: &str) {
    let secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = text.to_owned();
    for secret in secrets.iter() {
        text = text.replace(secret.as_str(), "[secret]");
    }
    drop(secrets);
    blurt(&text);
}

/// Says a line as it is; only wrong habits do.
#[expect(clippy::print_stderr, reason = "a program of its own")]
pub(crate) fn blurt(text: &str) {
    eprintln!("reference-agent: {text}");
}

/// A line of what was asked for, on stdout.
#[expect(clippy::print_stdout, reason = "a program of its own")]
pub(crate) fn print(text: &str) {
    println!("{text}");
}
