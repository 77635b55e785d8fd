//! Errors as OAuth tells them (RFC 6749 §5.2).

use serde_json::json;

use crate::serve::answer::{self, Answer};

/// An error code, its status, and a fixed text that holds none of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OAuthError {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) description: &'static str,
    /// Seconds to wait.
    pub(crate) retry_after: Option<i64>,
}

impl OAuthError {
    /// An error of the request: 400.
    pub(crate) const fn of(code: &'static str, description: &'static str) -> Self {
        Self {
            status: 400,
            code,
            description,
            retry_after: None,
        }
    }

    /// The client is not who it says, or does not say enough: 401 with a challenge.
    pub(crate) const fn client(description: &'static str) -> Self {
        Self {
            status: 401,
            ..Self::of("invalid_client", description)
        }
    }

    /// The code or the refresh token is not good.
    pub(crate) const fn grant(description: &'static str) -> Self {
        Self::of("invalid_grant", description)
    }

    /// The request is malformed.
    pub(crate) const fn request(description: &'static str) -> Self {
        Self::of("invalid_request", description)
    }

    /// Too often in too short a time: 429.
    pub(crate) const fn slow_down(seconds: i64) -> Self {
        Self {
            status: 429,
            code: "temporarily_unavailable",
            description: "there were too many attempts",
            retry_after: Some(seconds),
        }
    }

    pub(crate) fn answer(&self) -> Answer {
        self.described(self.description)
    }

    /// The same with another description; only defects have one.
    pub(crate) fn described(&self, description: &str) -> Answer {
        let body = json!({ "error": self.code, "error_description": description });
        self.dressed(answer::json(self.status, &body))
    }

    /// Adds the headers that belong to the status.
    pub(crate) fn dressed(&self, mut answer: Answer) -> Answer {
        answer = answer::with(answer, "cache-control", "no-store");
        if self.status == 401 {
            // RFC 9110 §15.5.2: a 401 always says how.
            answer = answer::with(
                answer,
                "www-authenticate",
                "Basic realm=\"oauth\", charset=\"UTF-8\"",
            );
        }
        match self.retry_after {
            Some(seconds) => answer::with(answer, "retry-after", &seconds.to_string()),
            None => answer,
        }
    }
}

/// The answer to a method that an endpoint does not have.
pub(crate) fn method_not_allowed(allowed: &'static str) -> Answer {
    let error = OAuthError {
        status: 405,
        ..OAuthError::request("the endpoint does not have this method")
    };
    answer::with(error.answer(), "allow", allowed)
}
