//! `WWW-Authenticate` read strictly (RFC 9110 §11.2 to §11.6.1, with the list rules of §5.6.1).
//!
//! Several challenges in one field and several fields, token68 or parameters, blanks around `=`, empty list
//! elements and any order are legal and give no problem. What is not legal is named with its place, and reading
//! goes on behind it, so that one slip does not hide the rest.

/// Every challenge of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Challenges {
    /// In order, over all fields.
    pub challenges: Vec<Challenge>,
    /// Violations of the grammar.
    pub problems: Vec<Problem>,
}

/// One challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// As written; compare without regard to case.
    pub scheme: String,
    /// The single unnamed value, if it has one.
    pub token68: Option<String>,
    /// In order, repeated ones included.
    pub params: Vec<Param>,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// As written; compare without regard to case.
    pub name: String,
    /// Unquoted and unescaped. Bytes that are no UTF-8 are replaced.
    pub value: String,
    /// It was a quoted-string.
    pub quoted: bool,
}

/// A violation of the grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which field line, from 0.
    pub field: usize,
    /// Byte offset in it.
    pub at: usize,
    /// What is wrong.
    pub what: Fault,
}

/// What is wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Two parameters, or two challenges, without a comma between.
    #[error("a comma is missing")]
    MissingComma,
    /// A value with a blank in it that is not quoted.
    #[error("the value of {0} has a blank and is not quoted")]
    UnquotedBlank(String),
    /// `'…'` instead of `"…"`.
    #[error("the value of {0} is in single quotes")]
    SingleQuotes(String),
    /// “…” instead of "…".
    #[error("the value of {0} is in typographic quotes")]
    SmartQuotes(String),
    /// A quoted-string without end.
    #[error("the quoted value of {0} does not end")]
    UnbalancedQuote(String),
    /// `name=` and nothing.
    #[error("{0} has no value")]
    NoValue(String),
    /// The same parameter twice in one challenge (RFC 9110 §11.2).
    #[error("{0} is given twice")]
    Repeated(String),
    /// A byte that may not stand there.
    #[error("byte 0x{0:02x} may not stand here")]
    IllegalByte(u8),
    /// A parameter where a scheme must come first.
    #[error("parameter {0} belongs to no scheme")]
    NoScheme(String),
    /// A token68 next to parameters.
    #[error("a token68 and parameters in one challenge")]
    Mixed,
}

impl Challenge {
    /// The first value of a parameter; its name in any case.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|p| p.name.eq_ignore_ascii_case(name))
            .map(|p| p.value.as_str())
    }

    /// Whether it is of this scheme.
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }
}

impl Challenges {
    /// The first challenge of a scheme.
    pub fn of(&self, scheme: &str) -> Option<&Challenge> {
        self.challenges.iter().find(|c| c.is(scheme))
    }
}

/// Reads the values of all `WWW-Authenticate` fields of an answer.
pub fn parse(values: &[&[u8]]) -> Challenges {
    let mut found = Challenges::default();
    for (field, bytes) in values.iter().enumerate() {
        let first = found.challenges.len();
        Reader {
            bytes,
            at: 0,
            field,
            first,
            found: &mut found,
        }
        .run();
    }
    found
}

/// Where a Bearer challenge leaves the characters RFC 6750 §3 allows: parameter name and offending character.
pub fn bearer_characters(challenge: &Challenge) -> Vec<(String, char)> {
    let text = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
    let uri = |c: char| matches!(c, '!' | '#'..='[' | ']'..='~');
    let mut bad = Vec::new();
    for param in &challenge.params {
        let wrong = match param.name.to_ascii_lowercase().as_str() {
            "error" | "error_description" => param.value.chars().find(|c| !text(*c)),
            "error_uri" => param.value.chars().find(|c| !uri(*c)),
            "scope" => bad_scope(&param.value),
            _ => None,
        };
        bad.extend(wrong.map(|c| (param.name.clone(), c)));
    }
    bad
}

/// `scope-token *( SP scope-token )`: also no blank at an end and no two in a row.
fn bad_scope(value: &str) -> Option<char> {
    let token = |c: char| matches!(c, '!' | '#'..='[' | ']'..='~');
    let blanks = value.split(' ').any(str::is_empty).then_some(' ');
    value.chars().find(|c| *c != ' ' && !token(*c)).or(blanks)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    field: usize,
    /// Challenges before this one are of earlier fields and closed.
    first: usize,
    found: &'a mut Challenges,
}

fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)
}

fn is_token68(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~+/".contains(&b)
}

fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t')
}

impl Reader<'_> {
    fn run(&mut self) {
        let mut comma = true;
        while self.at < self.bytes.len() {
            self.skip(is_blank);
            if self.peek() == Some(b',') {
                (comma, self.at) = (true, self.at + 1);
                continue;
            }
            if self.peek().is_none() {
                break;
            }
            let start = self.at;
            self.element(comma);
            comma = false;
            // Whatever happened, go on.
            self.at = self.at.max(start + 1);
        }
    }

    /// A scheme, perhaps with a token68, or a parameter.
    fn element(&mut self, comma: bool) {
        let start = self.at;
        let name = self.take(is_token);
        if name.is_empty() {
            return self.illegal();
        }
        let after = self.at;
        self.skip(is_blank);
        if self.peek() == Some(b'=') {
            if !comma && !self.follows_scheme(start) {
                self.problem(start, Fault::MissingComma);
            }
            self.at += 1;
            return self.param(start, name);
        }
        self.at = after;
        if !comma {
            self.problem(start, Fault::MissingComma);
        }
        self.found.challenges.push(Challenge {
            scheme: name,
            token68: None,
            params: Vec::new(),
        });
        self.token68();
    }

    /// Whether what is before `place` is the scheme: its first parameter needs no comma.
    fn follows_scheme(&self, place: usize) -> bool {
        let before = self.bytes[..place].trim_ascii_end();
        let empty = self
            .open()
            .is_some_and(|c| c.params.is_empty() && c.token68.is_none());
        empty && before.len() < place && before.last().is_some_and(|b| *b != b',')
    }

    fn open(&self) -> Option<&Challenge> {
        self.found.challenges[self.first..].last()
    }

    /// After a scheme: `1*SP token68`, when it stands alone before a comma or the end.
    fn token68(&mut self) {
        let start = self.at;
        self.skip(is_blank);
        let begin = self.at;
        self.skip(is_token68);
        let body = self.at;
        self.skip(|b| b == b'=');
        let end = self.at;
        self.skip(is_blank);
        let alone = matches!(self.peek(), None | Some(b','));
        // `realm=` is a parameter that lost its value rather than a token68 with padding.
        let lost = end == body + 1
            && self.bytes[begin..body]
                .iter()
                .all(|b| b.is_ascii_lowercase() || *b == b'_');
        if begin > start && body > begin && alone && !lost {
            let text = String::from_utf8_lossy(&self.bytes[begin..end]).into_owned();
            if let Some(challenge) = self.found.challenges.last_mut() {
                challenge.token68 = Some(text);
            }
        } else {
            self.at = start;
        }
    }

    fn param(&mut self, start: usize, name: String) {
        self.skip(is_blank);
        let (value, quoted) = self.value(&name);
        let Some(challenge) = self.found.challenges[self.first..].last_mut() else {
            return self.problem(start, Fault::NoScheme(name));
        };
        let repeated = challenge.param(&name).is_some();
        let mixed = challenge.token68.is_some();
        challenge.params.push(Param {
            name: name.clone(),
            value,
            quoted,
        });
        if mixed {
            self.problem(start, Fault::Mixed);
        }
        if repeated {
            self.problem(start, Fault::Repeated(name));
        }
    }

    fn value(&mut self, name: &str) -> (String, bool) {
        let start = self.at;
        match self.peek() {
            Some(b'"') => return (self.quoted(name), true),
            Some(b'\'') => {
                return (
                    self.foreign_quotes(b"'", b"'", Fault::SingleQuotes(name.to_owned())),
                    false,
                );
            }
            Some(0xe2) if self.bytes[start..].starts_with("“".as_bytes()) => {
                let fault = Fault::SmartQuotes(name.to_owned());
                return (self.foreign_quotes("“".as_bytes(), "”".as_bytes(), fault), false);
            }
            _ => {}
        }
        // Not only tokens: `https://…` unquoted is one value with illegal bytes, not many elements.
        let raw = self.take_until(|b| is_blank(b) || b == b',' || b == b'"');
        if raw.is_empty() {
            self.problem(start, Fault::NoValue(name.to_owned()));
        }
        if let Some(bad) = raw.iter().position(|b| !is_token(*b)) {
            self.problem(start + bad, Fault::IllegalByte(raw[bad]));
        }
        let mut text = String::from_utf8_lossy(&raw).into_owned();
        if let Some(rest) = self.rest_of_value() {
            self.problem(start, Fault::UnquotedBlank(name.to_owned()));
            text.push_str(&rest);
        }
        (text, false)
    }

    /// Words up to the comma that are neither a parameter nor a challenge with parameters: they belong to an
    /// unquoted value.
    fn rest_of_value(&mut self) -> Option<String> {
        let rest = &self.bytes[self.at..];
        let end = rest
            .iter()
            .position(|b| matches!(b, b',' | b'=' | b'"'))
            .unwrap_or(rest.len());
        let words = rest[..end].trim_ascii();
        let whole = matches!(rest.get(end), None | Some(b','));
        if words.is_empty() || !whole || !rest.first().is_some_and(|b| is_blank(*b)) {
            return None;
        }
        let text = String::from_utf8_lossy(&rest[..end]).trim_end().to_owned();
        self.at += end;
        Some(text)
    }

    fn quoted(&mut self, name: &str) -> String {
        let start = self.at;
        self.at += 1;
        let mut value = Vec::new();
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'"' => return String::from_utf8_lossy(&value).into_owned(),
                b'\\' if self.peek().is_some() => {
                    value.extend(self.peek());
                    self.at += 1;
                }
                0..=8 | 10..=31 | 127 => self.problem(self.at - 1, Fault::IllegalByte(byte)),
                other => value.push(other),
            }
        }
        self.problem(start, Fault::UnbalancedQuote(name.to_owned()));
        String::from_utf8_lossy(&value).into_owned()
    }

    /// A value in quotes that are none. Up to the closing one, or, without it, as a bare value.
    fn foreign_quotes(&mut self, open: &[u8], close: &[u8], fault: Fault) -> String {
        let start = self.at;
        let inside = &self.bytes[start + open.len()..];
        let end = inside.windows(close.len()).position(|w| w == close);
        // A lone apostrophe is a legal token.
        if end.is_none() && close == b"'" {
            let raw = self.take_until(|b| is_blank(b) || b == b',');
            return String::from_utf8_lossy(&raw).into_owned();
        }
        self.problem(start, fault);
        let end = end.unwrap_or(inside.len());
        self.at = (start + open.len() + end + close.len()).min(self.bytes.len());
        String::from_utf8_lossy(&inside[..end]).into_owned()
    }

    fn illegal(&mut self) {
        if let Some(byte) = self.peek() {
            self.problem(self.at, Fault::IllegalByte(byte));
        }
        // To the next comma: what follows an illegal byte has no shape.
        self.skip(|b| b != b',');
    }

    fn problem(&mut self, at: usize, what: Fault) {
        self.found.problems.push(Problem {
            field: self.field,
            at,
            what,
        });
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: impl Fn(u8) -> bool) -> String {
        let start = self.at;
        self.skip(wanted);
        String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned()
    }

    fn take_until(&mut self, end: impl Fn(u8) -> bool) -> Vec<u8> {
        let start = self.at;
        self.skip(|b| !end(b));
        self.bytes[start..self.at].to_vec()
    }
}

#[cfg(test)]
#[path = "challenge_tests.rs"]
mod tests;
