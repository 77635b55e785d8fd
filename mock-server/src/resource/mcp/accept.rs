//! Content negotiation of Streamable HTTP: JSON or an event stream.

use http::HeaderMap;
use http::header::ACCEPT;

/// What a client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepts {
    pub(crate) json: bool,
    pub(crate) events: bool,
    /// The event stream is the only one of the two, or is named before JSON.
    pub(crate) events_first: bool,
}

pub(crate) fn accepts(headers: &HeaderMap) -> Accepts {
    let lines: Vec<String> = headers
        .get_all(ACCEPT)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase())
        .collect();
    if lines.is_empty() {
        return Accepts {
            json: true,
            events: true,
            events_first: false,
        };
    }
    let joined = lines.join(",");
    let ranges: Vec<&str> = joined
        .split(',')
        .filter(|range| !refused(range))
        .map(essence)
        .collect();
    let position = |names: [&str; 3]| ranges.iter().position(|range| names.contains(range));
    let json = position(["application/json", "application/*", "*/*"]);
    let events = position(["text/event-stream", "text/*", "*/*"]);
    let events_first = match (events, json) {
        (Some(events), Some(json)) => events < json,
        (events, None) => events.is_some(),
        (None, _) => false,
    };
    Accepts {
        json: json.is_some(),
        events: events.is_some(),
        events_first,
    }
}

/// The media type without its parameters.
pub(crate) fn essence(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

/// RFC 9110 §12.4.2: a weight of zero means not acceptable.
fn refused(range: &str) -> bool {
    range.split(';').skip(1).any(|parameter| {
        parameter
            .trim()
            .strip_prefix("q=")
            .is_some_and(|weight| weight.trim().parse::<f32>().is_ok_and(|q| q <= 0.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let table = [
            ("application/json, text/event-stream", (true, true, false)),
            ("text/event-stream, application/json", (true, true, true)),
            ("text/event-stream", (false, true, true)),
            ("Application/JSON; charset=utf-8", (true, false, false)),
            ("*/*", (true, true, false)),
            ("text/html", (false, false, false)),
            ("application/json;q=0, text/event-stream", (false, true, true)),
        ];
        for (value, (json, events, events_first)) in table {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, value.parse().unwrap());
            assert_eq!(
                accepts(&headers),
                Accepts {
                    json,
                    events,
                    events_first
                },
                "{value}"
            );
        }
    }
}
