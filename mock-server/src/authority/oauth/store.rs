//! Everything the authorization server knows. Plain data under one lock: each method is one atomic step.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use url::{Position, Url};

use super::bounds::Order;
use super::browser::Browser;
use super::client::{Client, Hashed};
use super::fixtures::Passwords;
use super::grant::{AccessToken, CODE_LIFE, Code, Family, RefreshToken};
use super::request::AuthorizationRequest;
use crate::authority::mint::Mint;

/// Requests, codes and access tokens kept before those that are over are forgotten.
const MANY: usize = 16_384;

/// Keeps the server's draws apart from those of API keys.
const OWN_SEED: u64 = 0x6f61_7574_685f_6173;

/// The state of the authorization server. Secrets and tokens are kept as hashes.
pub(crate) struct Store {
    mint: Mint,
    pub(super) clients: BTreeMap<String, Client>,
    requests: BTreeMap<String, AuthorizationRequest>,
    codes: BTreeMap<Hashed, Code>,
    pub(super) families: BTreeMap<String, Family>,
    pub(super) refresh: BTreeMap<Hashed, RefreshToken>,
    /// By `jti`.
    pub(super) access: BTreeMap<String, AccessToken>,
    /// From the text of an access token to its `jti`.
    pub(super) texts: BTreeMap<Hashed, String>,
    pub(super) passwords: Passwords,
    pub(super) browsers: BTreeMap<Hashed, Browser>,
    /// Assertions that were used, until they end by themselves.
    used: BTreeMap<String, i64>,
    /// Until when a client's document may be kept.
    documents: BTreeMap<String, i64>,
    /// `host:port` of those that may be asked for documents by http.
    document_hosts: BTreeSet<String>,
    /// Grants whose sign-in at the third party is over.
    pub(super) signed_out: BTreeSet<String>,
    /// Endpoints whose next answer is lost on its way.
    losing: BTreeSet<String>,
    /// Requests of revoked tokens at resources; only the defect `one-node-stale` asks.
    turns: u64,
    /// When [`Store::forget`] looks next.
    many: usize,
    pub(super) order: Order,
}

impl Store {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            mint: Mint::new(seed ^ OWN_SEED),
            clients: BTreeMap::new(),
            requests: BTreeMap::new(),
            codes: BTreeMap::new(),
            families: BTreeMap::new(),
            refresh: BTreeMap::new(),
            access: BTreeMap::new(),
            texts: BTreeMap::new(),
            passwords: Passwords::default(),
            browsers: BTreeMap::new(),
            used: BTreeMap::new(),
            documents: BTreeMap::new(),
            document_hosts: BTreeSet::new(),
            signed_out: BTreeSet::new(),
            losing: BTreeSet::new(),
            turns: 0,
            many: MANY,
            order: Order::default(),
        }
    }

    /// 256 bits in base64url: codes, refresh tokens, secrets.
    pub(crate) fn secret(&mut self) -> String {
        self.mint.opaque()
    }

    /// An id that may be shown.
    pub(crate) fn id(&mut self) -> String {
        self.mint.hex(16)
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.get(id)
    }

    pub(crate) fn client_mut(&mut self, id: &str) -> Option<&mut Client> {
        self.clients.get_mut(id)
    }

    pub(crate) fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    pub(crate) fn admit_client(&mut self, client: Client) {
        self.clients.insert(client.id.clone(), client);
    }

    pub(crate) fn remove_client(&mut self, id: &str) -> bool {
        self.clients.remove(id).is_some()
    }

    pub(crate) fn admit_request(&mut self, request: AuthorizationRequest) {
        self.forget(request.created);
        self.requests.insert(request.id.clone(), request);
    }

    /// A request that still waits.
    pub(crate) fn request(&self, id: &str, now: i64) -> Option<&AuthorizationRequest> {
        self.requests.get(id).filter(|request| !request.is_over(now))
    }

    /// Takes a request that still waits: it is answered once.
    pub(crate) fn take_request(&mut self, id: &str, now: i64) -> Option<AuthorizationRequest> {
        self.requests.remove(id).filter(|request| !request.is_over(now))
    }

    pub(crate) fn admit_code(&mut self, text: &str, code: Code) {
        self.codes.insert(Hashed::of(text), code);
    }

    pub(crate) fn code(&self, text: &str) -> Option<&Code> {
        self.codes.get(&Hashed::of(text))
    }

    pub(crate) fn code_mut(&mut self, text: &str) -> Option<&mut Code> {
        self.codes.get_mut(&Hashed::of(text))
    }

    pub(crate) fn admit_family(&mut self, family: Family) {
        if !self.families.contains_key(&family.sid) {
            self.bound_families(&family.sid);
        }
        self.admit_lasting(family);
    }

    /// A grant that is never forgotten.
    pub(crate) fn admit_lasting(&mut self, family: Family) {
        self.families.insert(family.sid.clone(), family);
    }

    /// The grant of this `sid`, ended or not.
    pub(crate) fn family(&self, sid: &str) -> Option<&Family> {
        self.families.get(sid)
    }

    pub(crate) fn family_mut(&mut self, sid: &str) -> Option<&mut Family> {
        self.families.get_mut(sid)
    }

    /// Every grant, by `sid`.
    pub(crate) fn families(&self) -> impl Iterator<Item = &Family> {
        self.families.values()
    }

    /// Ends a grant with all its tokens. The first end's time stays.
    pub(crate) fn end_family(&mut self, sid: &str, now: i64) {
        if let Some(family) = self.families.get_mut(sid) {
            family.ended.get_or_insert(now);
        }
    }

    /// Ends every grant of an account; whether there was one.
    pub(crate) fn end_all_of(&mut self, user: &str, now: i64) -> bool {
        let own = |family: &&mut Family| family.user.as_deref() == Some(user);
        let mut found = false;
        for family in self.families.values_mut().filter(own) {
            family.ended.get_or_insert(now);
            found = true;
        }
        found
    }

    /// The third party that a person signed in at ends those sign-ins; the grants that rest on them are not ended here.
    pub(crate) fn sign_out(&mut self, user: &str) {
        let own = |family: &&Family| family.user.as_deref() == Some(user);
        let sids = self
            .families
            .values()
            .filter(own)
            .map(|family| family.sid.clone());
        self.signed_out.extend(sids);
    }

    /// What the third party says when it is asked about the sign-in behind a grant.
    pub(super) fn is_signed_out(&self, sid: &str) -> bool {
        self.signed_out.contains(sid)
    }

    pub(crate) fn admit_refresh(&mut self, text: &str, token: RefreshToken) {
        let text = Hashed::of(text);
        self.bound_refresh(text.clone());
        self.refresh.insert(text, token);
    }

    pub(crate) fn refresh(&self, text: &str) -> Option<&RefreshToken> {
        self.refresh.get(&Hashed::of(text))
    }

    pub(crate) fn refresh_mut(&mut self, text: &str) -> Option<&mut RefreshToken> {
        self.refresh.get_mut(&Hashed::of(text))
    }

    /// Forgets requests, codes and access tokens that are over, once there are many: a world may run for days. How many
    /// are many doubles with those that are left, so that forgetting stays cheap.
    fn forget(&mut self, now: i64) {
        let kept = self.requests.len() + self.codes.len() + self.access.len();
        if kept < self.many {
            return;
        }
        self.requests.retain(|_, request| !request.is_over(now));
        self.codes.retain(|_, code| now < code.issued + CODE_LIFE);
        self.access.retain(|_, token| now < token.expires);
        let access = &self.access;
        self.texts.retain(|_, jti| access.contains_key(jti));
        self.many = MANY.max(2 * (self.requests.len() + self.codes.len() + self.access.len()));
    }

    /// Remembers an access token that was issued as this text.
    pub(crate) fn admit_access(&mut self, text: &str, token: AccessToken) {
        self.forget(token.issued);
        let text = Hashed::of(text);
        self.bound_access(text.clone(), &token.jti, &token.sid);
        self.texts.insert(text, token.jti.clone());
        self.access.insert(token.jti.clone(), token);
    }

    /// The access token of this `jti`, live or not.
    pub(crate) fn access(&self, jti: &str) -> Option<&AccessToken> {
        self.access.get(jti)
    }

    pub(crate) fn access_mut(&mut self, jti: &str) -> Option<&mut AccessToken> {
        self.access.get_mut(jti)
    }

    /// The access token that was issued as exactly this text.
    pub(crate) fn access_of_text(&self, text: &str) -> Option<&AccessToken> {
        self.texts
            .get(&Hashed::of(text))
            .and_then(|jti| self.access.get(jti))
    }

    /// Ends the time of every access token now; refresh tokens live on.
    pub(crate) fn expire_access(&mut self, now: i64) {
        for token in self.access.values_mut() {
            token.expires = token.expires.min(now);
        }
    }

    /// Ends the time of the access tokens of a grant now; its refresh token lives on.
    pub(crate) fn expire_access_of(&mut self, sid: &str, now: i64) {
        let own = |token: &&mut AccessToken| token.sid == sid;
        for token in self.access.values_mut().filter(own) {
            token.expires = token.expires.min(now);
        }
    }

    /// Ends every grant of a client.
    pub(crate) fn end_all_for(&mut self, client: &str, now: i64) {
        for family in self
            .families
            .values_mut()
            .filter(|family| family.client == client)
        {
            family.ended.get_or_insert(now);
        }
    }

    /// Whether something that may be used once is used for the first time.
    pub(super) fn first_use(&mut self, what: &str, ends: i64, now: i64) -> bool {
        self.used.retain(|_, ends| *ends > now);
        self.used.insert(what.to_owned(), ends).is_none()
    }

    /// A client whose document may still be kept.
    pub(super) fn document(&self, id: &str, now: i64) -> Option<Client> {
        self.documents.get(id).filter(|until| now < **until)?;
        self.clients.get(id).cloned()
    }

    pub(super) fn keep_document(&mut self, client: Client, until: i64) {
        self.documents.insert(client.id.clone(), until);
        self.admit_client(client);
    }

    /// Replaces the hosts that may be asked for documents by http.
    pub(crate) fn set_document_hosts(&mut self, hosts: impl IntoIterator<Item = String>) {
        self.document_hosts = hosts.into_iter().collect();
    }

    pub(super) fn is_document_host(&self, url: &Url) -> bool {
        self.document_hosts
            .contains(&url[Position::BeforeHost..Position::AfterPort])
    }

    /// Lets the next answer of an endpoint be lost on its way.
    pub(crate) fn lose_next(&mut self, endpoint: &str) {
        self.losing.insert(endpoint.to_owned());
    }

    pub(super) fn loses(&mut self, endpoint: &str) -> bool {
        self.losing.remove(endpoint)
    }

    /// The number of this request of a revoked token at a resource.
    pub(super) fn turn(&mut self) -> u64 {
        self.turns += 1;
        self.turns
    }

    /// Clients, waiting requests and grants for the state export. No secret and no token is in it.
    pub(crate) fn export(&self) -> Value {
        json!({
            "clients": self.clients,
            "requests": self.requests.values().collect::<Vec<_>>(),
            "grants": self.families,
            "access_tokens": self.access,
        })
    }
}
