//! What a delivery of ours is signed with: the secret of the receiver or of one of its subscriptions, or one that is
//! wrong in the way a step says.

use crate::secret::Secret;
use crate::step::{Fill, Problem};
use crate::target::{ROLES, ResolvedReceiver, ResolvedSubscription};
use crate::webhook::{Digest, Key, Scheme};

/// What there is to sign with.
#[derive(Clone, Copy)]
pub(super) struct Keys<'r> {
    /// Whose deliveries they are.
    pub(super) receiver: &'r ResolvedReceiver,
    /// The shared secret.
    pub(super) secret: Option<&'r Secret>,
}

/// A subscription of an endpoint of MCP Events, by its role.
pub(super) fn subscription<'r>(
    role: &str,
    receiver: &'r ResolvedReceiver,
) -> Result<&'r ResolvedSubscription, Problem> {
    if !ROLES.contains(&role) {
        return Err(Problem::Unusable(format!(
            "`subscription: {role}`: it is {}",
            ROLES.join(", ")
        )));
    }
    receiver
        .subscriptions
        .get(role)
        .ok_or_else(|| Problem::Undeclared {
            what: format!("the subscription `{role}` of the receiver of MCP Events"),
            unlock: format!("subscriptions: {{ {role}: {{ id: …, secret: \"${{env.NAME}}\" }} }}"),
        })
}

impl Keys<'_> {
    /// Those of another subscription.
    pub(super) fn of(self, role: &str) -> Result<Self, Problem> {
        let subscription = subscription(role, self.receiver)?;
        Ok(Self {
            secret: Some(&subscription.secret),
            ..self
        })
    }

    /// The key that is asked for; the shared secret where nothing is said.
    pub(super) fn key(
        self,
        asked: Option<&str>,
        version: Option<&str>,
        scheme: &Scheme,
        fill: Fill<'_>,
    ) -> Result<Key, Problem> {
        let read = |text: &str| {
            Key::read(text, scheme)
                .map_err(|why| Problem::Unusable(format!("the webhook key cannot be used: {why}")))
        };
        let pair = version.and_then(|version| scheme.digest(version)) == Some(Digest::Ed25519);
        let no_randomness = || Problem::Failed("the system gives no randomness".to_owned());
        match asked {
            None if pair => read(self.signing()?.expose()),
            None => read(self.shared()?.expose()),
            Some("wrong") if pair => Key::generate().ok_or_else(no_randomness),
            Some("wrong") => {
                let seed = fill.world.fresh("hex", "webhook-wrong-key").unwrap_or_default();
                Ok(Key::bytes(format!("nobody trusts {seed}").as_bytes()))
            }
            Some("empty") => Ok(Key::bytes(b"")),
            Some("literal") => Ok(Key::bytes(self.shared()?.expose().as_bytes())),
            Some("signing") => read(self.signing()?.expose()),
            Some("public") => {
                let pair = read(self.signing()?.expose())?;
                let text = pair
                    .public()
                    .ok_or_else(|| Problem::Unusable("`signing-key` is no key pair".to_owned()))?;
                Ok(Key::bytes(text.as_bytes()))
            }
            Some(text) => {
                fill.world.scrubber().learn("webhook secret", text);
                read(text)
            }
        }
    }

    fn shared(&self) -> Result<&Secret, Problem> {
        declared(self.secret, "secret")
    }

    fn signing(&self) -> Result<&Secret, Problem> {
        declared(self.receiver.signing_key.as_ref(), "signing-key")
    }
}

fn declared<'r>(secret: Option<&'r Secret>, name: &str) -> Result<&'r Secret, Problem> {
    secret.ok_or_else(|| Problem::Undeclared {
        what: format!("the `{name}` of the webhook receiver"),
        unlock: format!("webhooks: {{ receiver: {{ {name}: \"${{env.NAME}}\" }} }}"),
    })
}
