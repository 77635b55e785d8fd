//! The keyring of the operating system, which may not be there, may be locked, and may ask a person.

use std::sync::mpsc;
use std::time::Duration;

use crate::secret::Secret;

const SERVICE: &str = "hallmark";
const ACCOUNT: &str = "vault-key";
/// For a person who is asked for the keyring's password.
const PATIENCE: Duration = Duration::from_secs(30);

/// What it holds for us; `Err`: there is no keyring, in words.
pub(super) fn read(wanted: bool) -> Result<Option<Secret>, String> {
    if !wanted {
        return Err("the OS keyring is not asked (HALLMARK_VAULT_KEYRING=off)".to_owned());
    }
    asked(|| {
        let entry = keyring::Entry::new(SERVICE, ACCOUNT)?;
        match entry.get_password() {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        }
    })
}

/// Puts the key there.
pub(super) fn write(text: &Secret) -> Result<(), String> {
    let text = text.clone();
    asked(move || keyring::Entry::new(SERVICE, ACCOUNT)?.set_password(text.expose()))
}

/// On a thread of its own: the library blocks, perhaps for ever, and on some systems runs a runtime inside.
fn asked<T: Send + 'static>(ask: impl FnOnce() -> keyring::Result<T> + Send + 'static) -> Result<T, String> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = tell.send(ask());
    });
    match told.recv_timeout(PATIENCE) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(format!("there is no OS keyring here ({})", in_words(&error))),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(format!("the OS keyring did not answer in {PATIENCE:?}")),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err("the OS keyring cannot be asked".to_owned()),
    }
}

/// The kind alone: what is attached to some errors may be what the keyring holds.
fn in_words(error: &keyring::Error) -> &'static str {
    match error {
        keyring::Error::NoDefaultStore => "no secret service runs",
        keyring::Error::NoStorageAccess(_) => "it is locked or refuses access",
        keyring::Error::PlatformFailure(_) => "it failed",
        keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..) => {
            "what it holds for hallmark is no text"
        }
        keyring::Error::Ambiguous(_) => "it holds several keys for hallmark",
        _ => "it cannot do this",
    }
}
