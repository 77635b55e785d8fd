//! Secrets inside the plaintext of a record. The only place where one is serialised: what comes out is sealed at once.

pub(super) mod secret {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::secret::Secret;

    pub(in crate::oauth::vault) fn serialize<S: Serializer>(
        secret: &Secret,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.expose())
    }

    pub(in crate::oauth::vault) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Secret, D::Error> {
        String::deserialize(from).map(Secret::new)
    }
}

pub(super) mod maybe_secret {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::secret::Secret;

    #[expect(clippy::ref_option, reason = "the shape that serde asks for")]
    pub(in crate::oauth::vault) fn serialize<S: Serializer>(
        secret: &Option<Secret>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match secret {
            Some(secret) => to.serialize_some(secret.expose()),
            None => to.serialize_none(),
        }
    }

    pub(in crate::oauth::vault) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Secret>, D::Error> {
        Ok(Option::<String>::deserialize(from)?.map(Secret::new))
    }
}
