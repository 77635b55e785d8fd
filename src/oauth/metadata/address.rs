//! Well-known addresses.

use url::Url;

const RESOURCE: &str = "/.well-known/oauth-protected-resource";
const SERVER: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

/// The document of a protected resource: the well-known path stands between host and path; a query stays
/// (RFC 9728 §3.1).
pub fn resource(resource: &Url) -> Url {
    let path = if resource.path() == "/" {
        ""
    } else {
        resource.path()
    };
    let mut url = at(resource, &format!("{RESOURCE}{path}"));
    url.set_query(resource.query());
    url
}

/// The document at the root of the resource's host: what MCP clients try when the other is not there
/// (MCP 2025-11-25, "Protected Resource Metadata Discovery Requirements").
pub fn resource_root(resource: &Url) -> Url {
    at(resource, RESOURCE)
}

/// Both, in the order in which a client tries them.
pub fn resource_in_order(of: &Url) -> Vec<Url> {
    let mut all = vec![resource(of)];
    if resource_root(of) != all[0] {
        all.push(resource_root(of));
    }
    all
}

/// The document of an authorization server (RFC 8414 §3.1): a slash at the end of the issuer is taken off first.
pub fn server(issuer: &Url) -> Url {
    at(issuer, &format!("{SERVER}{}", below(issuer)))
}

/// The OpenID document with the well-known path between host and path, as RFC 8414 §5 transforms it.
pub fn openid_inserted(issuer: &Url) -> Url {
    at(issuer, &format!("{OPENID}{}", below(issuer)))
}

/// The OpenID document behind the issuer's path (OpenID Connect Discovery 1.0 §4).
pub fn openid_appended(issuer: &Url) -> Url {
    at(issuer, &format!("{}{OPENID}", below(issuer)))
}

/// All of them, in the order in which MCP clients try them (MCP 2025-11-25, "Authorization Server Metadata
/// Discovery").
pub fn server_in_order(issuer: &Url) -> Vec<Url> {
    let mut all = vec![server(issuer), openid_inserted(issuer)];
    if openid_appended(issuer) != all[1] {
        all.push(openid_appended(issuer));
    }
    all
}

fn below(issuer: &Url) -> &str {
    issuer.path().trim_end_matches('/')
}

fn at(url: &Url, path: &str) -> Url {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.set_path(path);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn of_resources() {
        for (of, there) in [
            (
                "https://a.example",
                "https://a.example/.well-known/oauth-protected-resource",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/oauth-protected-resource",
            ),
            (
                "https://a.example/mcp",
                "https://a.example/.well-known/oauth-protected-resource/mcp",
            ),
            (
                "https://a.example/mcp/",
                "https://a.example/.well-known/oauth-protected-resource/mcp/",
            ),
            (
                "http://a.example:81/r?k=v",
                "http://a.example:81/.well-known/oauth-protected-resource/r?k=v",
            ),
        ] {
            assert_eq!(resource(&url(of)).as_str(), there);
        }
        let root = "https://a.example/.well-known/oauth-protected-resource";
        assert_eq!(resource_root(&url("https://a.example/mcp?k=v")).as_str(), root);
        assert_eq!(resource_in_order(&url("https://a.example")).len(), 1);
        assert_eq!(resource_in_order(&url("https://a.example/mcp")).len(), 2);
    }

    #[test]
    fn of_servers() {
        let order = |issuer: &str| {
            let all = server_in_order(&url(issuer));
            all.iter().map(|one| one.path().to_owned()).collect::<Vec<_>>()
        };
        let plain = [
            "/.well-known/oauth-authorization-server",
            "/.well-known/openid-configuration",
        ];
        assert_eq!(order("https://a.example"), plain);
        assert_eq!(order("https://a.example/"), plain);
        let tenant = [
            "/.well-known/oauth-authorization-server/tenants/acme",
            "/.well-known/openid-configuration/tenants/acme",
            "/tenants/acme/.well-known/openid-configuration",
        ];
        assert_eq!(order("https://a.example/tenants/acme"), tenant);
        assert_eq!(order("https://a.example/tenants/acme/"), tenant);
    }
}
