//! The credential of this client: a key, or a login that it keeps, refreshes and renews.

mod due;
mod keeper;
mod seal;
mod store;

use crate::config::Config;
use crate::failure::Failure;
use crate::habits::{self, on};
use crate::http::{Http, may_carry_token};
use crate::oauth::Challenge;
use keeper::Keeper;

/// What stands in `Authorization`.
#[derive(Debug)]
pub(crate) enum Access {
    Key(String),
    Login(Box<Keeper>),
}

impl Access {
    /// From what is configured. No credential and no browser to get one with ends here.
    pub(crate) fn new(config: &Config, http: &Http) -> Result<Self, Failure> {
        let endpoint = config.endpoint.as_ref();
        let endpoint = endpoint.ok_or_else(|| Failure::Setup("HALLMARK_MCP_URL is not set".to_owned()))?;
        if !may_carry_token(endpoint) {
            let host = endpoint.host_str().unwrap_or_default();
            return Err(Failure::Setup(format!(
                "no credential goes to {host} without TLS"
            )));
        }
        if let Some(key) = &config.api_key {
            return Ok(Self::Key(key.clone()));
        }
        if config.login.is_none() && config.browser.is_none() && !Keeper::has_record(config)? {
            if on(habits::BEARER_UNDEFINED) {
                return Ok(Self::Key("undefined".to_owned()));
            }
            return Err(Failure::Setup(
                "there is no credential: set HALLMARK_API_KEY, or HALLMARK_REFRESH_TOKEN, or BROWSER to log in with"
                    .to_owned(),
            ));
        }
        Ok(Self::Login(Box::new(Keeper::new(config, endpoint, http)?)))
    }

    /// The token for the next request; `None` before the first login.
    pub(crate) async fn token(&self) -> Result<Option<String>, Failure> {
        match self {
            Self::Key(key) => Ok(Some(key.clone())),
            Self::Login(keeper) => keeper.token().await,
        }
    }

    /// The server did not take `used` (401). What can be done about it is done; else it is said.
    pub(crate) async fn refused(
        &self,
        used: Option<&str>,
        challenge: Option<&Challenge>,
    ) -> Result<(), Failure> {
        match self {
            Self::Key(_) if on(habits::RETRY_401) => Ok(()),
            Self::Key(_) => Err(Failure::Refused(
                "ALERT: the server does not take HALLMARK_API_KEY (401); a person must look at it".to_owned(),
            )),
            Self::Login(keeper) => keeper.refused(used, challenge).await,
        }
    }

    /// The server wants more scope (403 insufficient_scope).
    pub(crate) async fn step_up(&self, challenge: &Challenge) -> Result<(), Failure> {
        match self {
            Self::Key(_) => Err(Failure::Refused("the key lacks a scope (403)".to_owned())),
            Self::Login(keeper) => keeper.step_up(challenge).await,
        }
    }

    /// A request was answered with what `token` gave.
    pub(crate) fn answered(&self) -> Result<(), Failure> {
        match self {
            Self::Key(_) => Ok(()),
            Self::Login(keeper) => keeper.settle(),
        }
    }

    /// Whether somebody is there who could log in.
    pub(crate) fn has_person(&self) -> bool {
        matches!(self, Self::Login(keeper) if keeper.has_person())
    }

    /// Whether it is a key, which nothing renews.
    pub(crate) fn is_key(&self) -> bool {
        matches!(self, Self::Key(_))
    }
}
