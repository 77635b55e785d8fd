//! The key that seals a vault: an X25519 identity in the text form of `age`, so that other tools of that format can
//! open what is sealed with it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use age::secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::file::{private_file, write_new};
use super::{VaultError, keyring};
use crate::secret::Secret;

/// A key and where it is from.
#[derive(Clone)]
pub struct Key {
    pub(super) identity: age::x25519::Identity,
    /// Where it was found.
    pub origin: KeyOrigin,
}

/// Where a key was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOrigin {
    /// In an environment variable.
    Variable,
    /// In a file.
    File,
    /// In the keyring of the operating system.
    Keyring,
}

impl KeyOrigin {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyOrigin::Variable => "from the variable HALLMARK_VAULT_KEY",
            KeyOrigin::File => "from the key file",
            KeyOrigin::Keyring => "from the OS keyring",
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, {})", self.public(), self.origin.as_str())
    }
}

impl Key {
    /// A new one.
    pub fn generate(origin: KeyOrigin) -> Self {
        Self {
            identity: age::x25519::Identity::generate(),
            origin,
        }
    }

    /// Reads the text form: one line, with comments as `age-keygen` writes them.
    pub fn parse(text: &str, origin: KeyOrigin, place: &str) -> Result<Self, VaultError> {
        let bad = |why| VaultError::BadKey {
            place: place.to_owned(),
            why,
        };
        let mut lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let line = lines.next().ok_or_else(|| bad("it is empty"))?;
        if lines.next().is_some() {
            return Err(bad("it holds more than one"));
        }
        if line.starts_with("age1") {
            return Err(bad("it is the public half"));
        }
        let identity = age::x25519::Identity::from_str(line).map_err(bad)?;
        Ok(Self { identity, origin })
    }

    /// The public half: names the key, opens nothing.
    pub fn public(&self) -> String {
        self.identity.to_public().to_string()
    }

    fn text(&self) -> Secret {
        Secret::new(self.identity.to_string().expose_secret().to_owned())
    }
}

/// Where to look.
#[derive(Debug, Clone)]
pub struct KeyPlaces {
    /// What the variable holds, if it is set.
    pub variable: Option<Secret>,
    /// The key file.
    pub file: PathBuf,
    /// Whether to ask the keyring of the operating system.
    pub keyring: bool,
}

/// A key, and what should be said about it.
#[derive(Debug)]
pub struct Found {
    /// The key.
    pub key: Key,
    /// It was made just now: where it went.
    pub made: Option<String>,
}

/// The first key of variable, file and keyring. Where there is none and one may be made, it goes into the keyring, and
/// without a keyring into the file.
pub fn find_key(places: &KeyPlaces, may_make: bool) -> Result<Found, VaultError> {
    let found = |key| Ok(Found { key, made: None });
    if let Some(text) = &places.variable {
        return found(Key::parse(
            text.expose(),
            KeyOrigin::Variable,
            "the variable HALLMARK_VAULT_KEY",
        )?);
    }
    if let Some(key) = from_file(&places.file)? {
        return found(key);
    }
    let absent = match keyring::read(places.keyring) {
        Ok(Some(text)) => return found(Key::parse(text.expose(), KeyOrigin::Keyring, "the OS keyring")?),
        Ok(None) => None,
        Err(why) => Some(why),
    };
    if !may_make {
        return Err(none(places, absent));
    }
    make(places, absent)
}

fn make(places: &KeyPlaces, absent: Option<String>) -> Result<Found, VaultError> {
    let absent = if let Some(why) = absent {
        why
    } else {
        let key = Key::generate(KeyOrigin::Keyring);
        match keyring::write(&key.text()) {
            Ok(()) => {
                let made = Some("a new key of the vault is in the OS keyring".to_owned());
                return Ok(Found { key, made });
            }
            Err(why) => why,
        }
    };
    let key = Key::generate(KeyOrigin::File);
    let text = Zeroizing::new(format!(
        "# public key: {}\n{}\n",
        key.public(),
        key.text().expose()
    ));
    match write_new(&places.file, text.as_bytes()) {
        Ok(()) => {}
        // Another process was faster: its key is the one.
        Err(VaultError::Io { .. }) if places.file.exists() => {
            return Ok(Found {
                key: from_file(&places.file)?.ok_or(VaultError::CutOff)?,
                made: None,
            });
        }
        Err(error) => return Err(error),
    }
    let made = format!(
        "{absent}, so the new key of the vault is in the file {} (mode 0600)",
        places.file.display()
    );
    Ok(Found {
        key,
        made: Some(made),
    })
}

fn none(places: &KeyPlaces, absent: Option<String>) -> VaultError {
    let keyring = absent.unwrap_or_else(|| "the OS keyring holds none".to_owned());
    VaultError::NoKey {
        why: format!(
            "there is no key for the vault: HALLMARK_VAULT_KEY is not set, {} does not exist, {keyring}",
            places.file.display()
        ),
        advice: "export HALLMARK_VAULT_KEY with the key the login was made with, or log in again".to_owned(),
    }
}

fn from_file(path: &Path) -> Result<Option<Key>, VaultError> {
    let Some(bytes) = private_file(path)? else {
        return Ok(None);
    };
    let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
    Key::parse(&text, KeyOrigin::File, &path.display().to_string()).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let key = Key::generate(KeyOrigin::File);
        let text = format!(
            "# created: today\n# public key: {}\n{}\n",
            key.public(),
            key.text().expose()
        );
        let again = Key::parse(&text, KeyOrigin::File, "x").expect("a key");
        assert_eq!(again.public(), key.public());
        assert!(!format!("{again:?}").contains("SECRET"));
        let said: Vec<String> = [
            "",
            "# only\n",
            &key.public(),
            "AGE-SECRET-KEY-1QQ",
            &format!("{text}{text}"),
        ]
        .into_iter()
        .map(|text| {
            Key::parse(text, KeyOrigin::File, "k")
                .expect_err("no key")
                .to_string()
        })
        .map(|said| said.split(';').next().unwrap_or_default().to_owned())
        .collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        k holds no key: it is empty
        k holds no key: it is empty
        k holds no key: it is the public half
        k holds no key: invalid Bech32 encoding
        k holds no key: it holds more than one
        ");
    }
}
