//! Writing `WWW-Authenticate` (RFC 6750 §3, RFC 9110 §11.6.1).

use http::HeaderValue;

use crate::defect::{DefectSet, challenge as defect};
use crate::variant::{self, VariantSet};

/// A Bearer challenge before it is written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Challenge {
    /// RFC 6750 §3.1 code; absent when the request carried no credential.
    pub(crate) error: Option<&'static str>,
    /// A fixed text, never any of the input.
    pub(crate) description: Option<&'static str>,
    /// Scopes that would be enough.
    pub(crate) scope: Option<String>,
    /// Where the resource's metadata is (RFC 9728 §5.1).
    pub(crate) resource_metadata: Option<String>,
    /// Further parameters, such as those of a step-up demand (RFC 9470 §3).
    pub(crate) more: &'static [(&'static str, &'static str)],
    /// Input that only a defect copies into the answer.
    pub(crate) hostile: Option<Vec<u8>>,
}

struct Parameter {
    name: &'static str,
    value: Vec<u8>,
    quoted: bool,
}

impl Challenge {
    /// The field value.
    pub(crate) fn write(&self, defects: &DefectSet, variants: &VariantSet) -> Option<HeaderValue> {
        if defects.has(defect::BASIC_CHALLENGE) {
            return Some(HeaderValue::from_static("Basic realm=\"fastio\""));
        }
        if defects.has(defect::BARE_BEARER) {
            return Some(HeaderValue::from_static("Bearer"));
        }
        let mut parameters = self.parameters(defects, variants);
        if variants.has(variant::CHALLENGE_PARAMS_REORDERED) {
            parameters.reverse();
        }
        let separator: &[u8] = if defects.has(defect::MISSING_COMMA) {
            b" "
        } else {
            b", "
        };
        let mut value = Vec::new();
        if variants.has(variant::SEVERAL_CHALLENGES) {
            value.extend_from_slice(b"Sample realm=\"elsewhere\", step=1, ");
        }
        let lower = variants.has(variant::CHALLENGE_LOWERCASE);
        value.extend_from_slice(if lower { b"bearer " } else { b"Bearer " });
        for (index, parameter) in parameters.iter().enumerate() {
            if index > 0 {
                value.extend_from_slice(separator);
            }
            parameter.write(&mut value);
        }
        HeaderValue::from_bytes(&value).ok()
    }

    fn parameters(&self, defects: &DefectSet, variants: &VariantSet) -> Vec<Parameter> {
        let quoted = |name, value: &str| Parameter {
            name,
            value: value.as_bytes().to_vec(),
            quoted: true,
        };
        let mut all = vec![quoted("realm", "fastio")];
        if defects.has(defect::REALM_TOKEN) {
            all[0].quoted = false;
            all.push(Parameter {
                name: "realm",
                value: b"api".to_vec(),
                quoted: false,
            });
        }
        if let Some(error) = self.error {
            let token_form = variants.has(variant::CHALLENGE_TOKEN_FORM);
            all.push(Parameter {
                name: "error",
                value: error.into(),
                quoted: !token_form,
            });
        }
        if let Some(description) = self.description {
            let mut description = quoted("error_description", description);
            description.quoted = !defects.has(defect::UNQUOTED_DESC);
            all.push(description);
        }
        if let Some(scope) = &self.scope {
            all.push(quoted("scope", scope));
        }
        if let Some(address) = &self.resource_metadata {
            all.push(quoted("resource_metadata", address));
        }
        all.extend(self.more.iter().map(|(name, value)| quoted(name, value)));
        if let (true, Some(hostile)) = (defects.has(defect::REFLECT_IN_CHALLENGE), &self.hostile) {
            all.retain(|parameter| parameter.name != "error_description");
            all.push(Parameter {
                name: "error_description",
                value: hostile.clone(),
                quoted: true,
            });
        }
        if defects.has(defect::GATEWAY_APPENDS) {
            all.push(quoted("realm", "gateway"));
            all.extend(self.error.map(|error| quoted("error", error)));
        }
        all
    }
}

impl Parameter {
    /// Values are our own constants without quotes or backslashes; hostile ones go out as they came.
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.name.as_bytes());
        out.push(b'=');
        if self.quoted {
            out.push(b'"');
        }
        out.extend_from_slice(&self.value);
        if self.quoted {
            out.push(b'"');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::defect::Defect;
    use crate::variant::Variant;

    fn written(defects: &[&str], variants: &[&str]) -> String {
        let defects = defects.iter().filter_map(|id| Defect::from_id(id)).collect();
        let variants: Vec<_> = variants.iter().filter_map(|id| Variant::from_id(id)).collect();
        let challenge = Challenge {
            error: Some("invalid_token"),
            description: Some("the token is unknown"),
            scope: None,
            resource_metadata: None,
            more: &[],
            hostile: Some(b"a\"b".to_vec()),
        };
        let value = challenge
            .write(&defects, &VariantSet::from(variants.as_slice()))
            .unwrap();
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    }

    #[test]
    fn spellings() {
        let healthy =
            r#"Bearer realm="fastio", error="invalid_token", error_description="the token is unknown""#;
        assert_eq!(written(&[], &[]), healthy);
        let table: &[(&[&str], &[&str], &str)] = &[
            (&["basic-challenge"], &[], r#"Basic realm="fastio""#),
            (&["bare-bearer"], &[], "Bearer"),
            (&["missing-comma"], &[], &healthy.replace(',', "")),
            (
                &["unquoted-desc"],
                &[],
                &healthy.replace("\"the token is unknown\"", "the token is unknown"),
            ),
            (
                &["reflect-in-challenge"],
                &[],
                &healthy.replace("the token is unknown", "a\"b"),
            ),
            (
                &["gateway-appends"],
                &[],
                &format!(r#"{healthy}, realm="gateway", error="invalid_token""#),
            ),
            (
                &[],
                &["challenge-lowercase"],
                &healthy.replace("Bearer", "bearer"),
            ),
            (
                &[],
                &["challenge-token-form"],
                &healthy.replace("\"invalid_token\"", "invalid_token"),
            ),
            (
                &[],
                &["several-challenges"],
                &format!(r#"Sample realm="elsewhere", step=1, {healthy}"#),
            ),
        ];
        for (defects, variants, expected) in table {
            assert_eq!(&written(defects, variants), expected, "{defects:?} {variants:?}");
        }
    }
}
