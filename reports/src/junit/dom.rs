//! A strict XML reader for the tests: what any consumer's parser sees, or why it would refuse.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) children: Vec<Element>,
    pub(super) text: String,
}

impl Element {
    pub(super) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// Parses, and refuses what XML 1.0 §2.2 does not allow, which lenient parsers let pass.
pub(super) fn parse(bytes: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    if let Some(bad) = text.chars().find(|c| !allowed(*c)) {
        return Err(format!("forbidden character {}", bad.escape_unicode()));
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut open = vec![Element::default()];
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        match event {
            Event::Start(start) => open.push(element(&start)?),
            Event::Empty(start) => close(&mut open, element(&start)?),
            Event::End(_) => {
                let done = open.pop().unwrap_or_default();
                close(&mut open, done);
            }
            Event::Text(text) => {
                let text = text.xml10_content();
                if text.contains("]]>") {
                    return Err("CDATA end mark in text".to_owned());
                }
                top(&mut open).text.push_str(&text);
            }
            Event::GeneralRef(reference) => {
                let resolved = reference.resolve_char_ref().map_err(|error| error.to_string())?;
                let name = reference.xml10_content();
                match resolved.or_else(|| named(&name)) {
                    Some(c) if allowed(c) => top(&mut open).text.push(c),
                    _ => return Err(format!("reference &{name};")),
                }
            }
            Event::Eof => break,
            Event::CData(_) => return Err("CDATA".to_owned()),
            _ => {}
        }
    }
    match open.as_mut_slice() {
        [root] if root.children.len() == 1 => Ok(root.children.remove(0)),
        _ => Err("not one root".to_owned()),
    }
}

fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

fn named(name: &str) -> Option<char> {
    [
        ("lt", '<'),
        ("gt", '>'),
        ("amp", '&'),
        ("quot", '"'),
        ("apos", '\''),
    ]
    .into_iter()
    .find_map(|(known, c)| (known == name).then_some(c))
}

fn top(open: &mut [Element]) -> &mut Element {
    open.last_mut().unwrap()
}

fn close(open: &mut [Element], element: Element) {
    top(open).children.push(element);
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut element = Element {
        name: start.name().as_ref().to_owned(),
        ..Element::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute
            .normalized_value(XmlVersion::default())
            .map_err(|error| error.to_string())?;
        if attribute.value.contains('<') {
            return Err("raw < in an attribute".to_owned());
        }
        element
            .attributes
            .insert(attribute.key.as_ref().to_owned(), value.into_owned());
    }
    Ok(element)
}
