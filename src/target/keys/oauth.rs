//! What `oauth` holds: of the target, and of a principal.

use crate::scenario::decode::tables::AUTHENTICATIONS;
use crate::scenario::table::{Key, Shape, Table};

const TEXTS: Shape = Shape::OneOrMany(&Shape::Text);

/// `oauth:` of the target.
pub(in crate::target) static OAUTH: Table = Table {
    name: "authorization server",
    doc: "The authorization server, the clients and users that tests may act as, and how a person's consent is given.",
    keys: &[
        Key::new(
            "issuer",
            Shape::Text,
            "Its issuer, exactly; else it is found through the metadata of `mcp` (RFC 9728).",
        ),
        Key::new(
            "clients",
            Shape::Map(&Shape::Table(&CLIENT)),
            "Registered clients by name; the first is the default.",
        ),
        Key::new(
            "users",
            Shape::Map(&Shape::Table(&USER)),
            "People who can sign in, by name.",
        ),
        Key::new(
            "consent",
            Shape::Either(&[Shape::Word(CONSENTS), Shape::Table(&CONSENT)]),
            "How consent is given: `door` (the control door of a mock), `none` (redirects are followed, no form is filled), or `{ pages: … }`.",
        ),
        Key::new(
            "signing-key",
            Shape::Text,
            "A private key in PEM form whose tokens the resource server trusts, as ${env.NAME}.",
        ),
    ],
    rest: None,
};

pub(in crate::target) const CONSENTS: &[&str] = &["door", "none"];

/// How a client of the target file may authenticate.
pub(in crate::target) const CLIENT_AUTHS: &[&str] = AUTHENTICATIONS;

pub(in crate::target) static CLIENT: Table = Table {
    name: "client",
    doc: "A registered client.",
    keys: &[
        Key::new("id", Shape::Text, "`client_id`."),
        Key::new(
            "register",
            Shape::Either(&[Shape::Bool, Shape::Map(&Shape::Any)]),
            "Instead of `id`: the client registers itself when it is first needed (RFC 7591); `true`, or its metadata.",
        ),
        Key::new(
            "redirect",
            Shape::Text,
            "A redirect URI that is registered for it. Nothing is ever sent there: the answer is read from the redirect.",
        ),
        Key::new("secret", Shape::Text, "`client_secret`, as ${env.NAME}."),
        Key::new(
            "auth",
            Shape::Word(CLIENT_AUTHS),
            "How it authenticates at the token endpoint: `none`, `basic`, `post`, `assertion`. Default: `basic` with a secret, `assertion` with a key, else `none`.",
        ),
        Key::new(
            "key",
            Shape::Text,
            "Its private key in PEM form for `private_key_jwt`, as ${env.NAME}.",
        ),
    ],
    rest: None,
};

pub(in crate::target) static USER: Table = Table {
    name: "user",
    doc: "A person who can sign in.",
    keys: &[
        Key::required("name", Shape::Text, "What is typed as the user's name."),
        Key::new("password", Shape::Text, "The password, as ${env.NAME}."),
    ],
    rest: None,
};

pub(in crate::target) static CONSENT: Table = Table {
    name: "consent",
    doc: "The pages between the authorization request and the callback.",
    keys: &[
        Key::required(
            "pages",
            Shape::List(&Shape::Table(&PAGE)),
            "Forms that are filled in and sent. Each page that comes is matched against all of them, in this order.",
        ),
        Key::new(
            "door",
            Shape::Bool,
            "The control door can consent too, and is asked first: it is faster.",
        ),
    ],
    rest: None,
};

pub(in crate::target) static PAGE: Table = Table {
    name: "page",
    doc: "A form on a page.",
    keys: &[
        Key::required("form", Shape::Text, "CSS selector of the form."),
        Key::new(
            "fill",
            Shape::Map(&Shape::Text),
            "Field name → value; may read ${user.name}, ${user.password} and ${env.NAME}. The other fields are sent as the page has them.",
        ),
        Key::new(
            "press",
            Shape::Text,
            "CSS selector of the button; else the form is sent without one.",
        ),
        Key::new(
            "deny",
            Shape::Text,
            "CSS selector of the button that refuses, for scenarios in which the person says no.",
        ),
    ],
    rest: None,
};

/// `oauth:` of a principal.
pub(in crate::target) static CREDENTIAL: Table = Table {
    name: "oauth credential",
    doc: "A token that is obtained when the principal first calls.",
    keys: &[
        Key::new(
            "client",
            Shape::Text,
            "The client of `oauth: { clients }`; else the first.",
        ),
        Key::new(
            "user",
            Shape::Text,
            "The user of `oauth: { users }` who consents. Without one the client acts for itself (client_credentials).",
        ),
        Key::new("scopes", TEXTS, "What is asked for."),
        Key::new(
            "vault",
            Shape::Text,
            "Instead: the account of `hallmark login --as NAME`.",
        ),
    ],
    rest: None,
};
