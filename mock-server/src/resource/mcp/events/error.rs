//! The families of errors, and the numbers that stand for them.

use serde_json::{Value, json};

use super::super::rpc::{self, Outcome};
use crate::defect::evs;
use crate::state::View;
use crate::variant;

/// Why an events method does not do what it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Something is not what it has to be.
    Params(&'static str),
    /// There is no such event or subscription.
    NotFound(&'static str),
    /// The caller may not, for this reason.
    Forbidden(&'static str),
    /// So many are all there may be.
    Exhausted { limit: &'static str, max: usize },
    /// It is not offered.
    Unsupported { feature: &'static str, value: String },
    /// The endpoint did not prove that it wants to hear; `said` is what it answered, which nobody is told.
    Callback { reason: &'static str, said: String },
}

impl Trouble {
    /// As JSON-RPC has it. The numbers of the draft, or those of the sketch before it.
    pub(super) fn outcome(&self, view: &View) -> Outcome {
        let (name, draft, sketch, mut data) = match self {
            Self::Params(text) => return Outcome::error(rpc::INVALID_PARAMS, *text),
            Self::NotFound(kind) => ("NotFound", -32_023, -32_011, json!({ "kind": kind })),
            Self::Forbidden(reason) => ("Forbidden", -32_024, -32_012, json!({ "reason": reason })),
            Self::Exhausted { limit, max } => (
                "ResourceExhausted",
                -32_025,
                -32_013,
                json!({ "limit": limit, "max": max }),
            ),
            Self::Unsupported { feature, value } => (
                "Unsupported",
                -32_026,
                -32_014,
                json!({ "feature": feature, "value": value }),
            ),
            Self::Callback { reason, .. } => (
                "CallbackEndpointError",
                -32_027,
                -32_015,
                json!({ "reason": reason }),
            ),
        };
        if let Self::Callback { said, .. } = self
            && view.defects.has(evs::RESPONSE_ORACLE)
        {
            data["detail"] = json!(said);
        }
        if view.defects.has(evs::ALL_32602) {
            return Outcome::error(rpc::INVALID_PARAMS, "the request cannot be carried out");
        }
        let sketched = view.variants.has(variant::EVENTS_SKETCH);
        Outcome::Error {
            code: if sketched { sketch } else { draft },
            text: name.to_owned(),
            data: Some(data),
        }
    }

    /// The same as an envelope that ends a subscription carries it.
    pub(super) fn envelope(&self, view: &View) -> Value {
        match self.outcome(view) {
            Outcome::Error { code, text, data } => json!({ "code": code, "message": text, "data": data }),
            Outcome::Result(_) | Outcome::Refused(_) => Value::Null,
        }
    }
}
