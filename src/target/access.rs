//! Who may do what where: the table a target file declares, and the cells it stands for.
//!
//! A row is a principal, a column a place, an entry says which probes are permitted there. What an entry does not
//! permit is denied; a place that a row does not name stands as `unlisted` says.

use std::collections::{BTreeMap, BTreeSet};

use super::model::Target;
use super::probe::{Effect, Probe};
use crate::scenario::model::{Data, Spanned, Template};

/// Somewhere a probe can be aimed: the ids of one place by what they name.
#[derive(Debug, Clone)]
pub struct Place {
    /// As written, and where.
    pub name: Spanned<String>,
    /// Values by the input of a probe that takes them.
    pub ids: BTreeMap<String, Data>,
    /// Texts that everything in this place holds.
    pub canaries: Vec<Template>,
}

/// `access:`.
#[derive(Debug, Clone)]
pub struct AccessTable {
    /// Which probes are tried; `None`: every probe that can be aimed.
    pub probes: Option<Vec<Spanned<String>>>,
    /// How a place stands that a row does not name.
    pub unlisted: Grant,
    /// Principal → place → entry.
    pub rows: BTreeMap<String, BTreeMap<String, Entry>>,
}

/// One entry of the table.
#[derive(Debug, Clone)]
pub struct Entry {
    /// For every probe that is not named.
    pub rest: Grant,
    /// For single probes.
    pub named: BTreeMap<String, Grant>,
}

/// What is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Probes that only read.
    Read,
    /// Those that change things, too.
    Write,
    /// Everything.
    All,
    /// Nothing; that the place exists is no secret.
    Deny,
    /// Nothing; the place is not there.
    Invisible,
}

/// How somebody should stand towards something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// It is carried out.
    Permit,
    /// It is refused.
    Deny,
    /// It is refused as if the thing did not exist.
    Invisible,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Principal.
    pub who: String,
    /// Probe.
    pub probe: String,
    /// Place.
    pub place: String,
    /// What is declared.
    pub expected: Expected,
    /// What the probe does.
    pub effect: Effect,
}

impl Grant {
    /// The words of the file.
    pub const WORDS: &'static [&'static str] = &["read", "write", "all", "deny", "invisible", "permit"];

    /// The grant a word names; `permit` is `all`, which reads better for a single probe.
    pub fn parse(word: &str) -> Option<Grant> {
        Some(match word {
            "read" => Grant::Read,
            "write" => Grant::Write,
            "all" | "permit" => Grant::All,
            "deny" => Grant::Deny,
            "invisible" => Grant::Invisible,
            _ => return None,
        })
    }

    fn of(self, effect: Effect) -> Expected {
        match (self, effect) {
            (Grant::All, _) | (Grant::Read, Effect::Read) | (Grant::Write, Effect::Read | Effect::Write) => {
                Expected::Permit
            }
            (Grant::Invisible, _) => Expected::Invisible,
            (Grant::Read | Grant::Write | Grant::Deny, _) => Expected::Deny,
        }
    }
}

impl Expected {
    /// The word of scenarios and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Expected::Permit => "permit",
            Expected::Deny => "deny",
            Expected::Invisible => "invisible",
        }
    }
}

impl Cell {
    /// Which of the groups of `${target.access.…}` it belongs to.
    pub fn group(&self) -> &'static str {
        match (self.expected, self.effect) {
            (Expected::Permit, _) => "permit",
            (Expected::Deny, _) => "deny",
            (Expected::Invisible, Effect::Read) => "invisible-reads",
            (Expected::Invisible, _) => "invisible-writes",
        }
    }

    /// Names the row of a scenario.
    pub fn name(&self) -> String {
        format!("{}-{}-{}", self.who, self.probe, self.place)
    }
}

impl Target {
    /// Whether a probe can be aimed: it has an input that some place has an id for.
    pub fn aimable(&self, probe: &Probe) -> bool {
        probe.inputs.iter().any(|input| {
            self.own.contains_key(input)
                || self.foreign.contains_key(input)
                || self.places.values().any(|place| place.ids.contains_key(input))
        })
    }

    /// The first place that a principal's row of the table grants it this probe in.
    pub fn own_place(&self, who: &str, probe: &Probe) -> Option<&str> {
        let row = self.access.as_ref()?.rows.get(who)?;
        let granted = |entry: &Entry| {
            let named = entry.named.get(&probe.name.value);
            named.copied().unwrap_or(entry.rest).of(probe.effect) == Expected::Permit
        };
        let takes = |place: &str| {
            let place = self.places.get(place);
            place.is_some_and(|place| probe.inputs.iter().any(|input| place.ids.contains_key(input)))
        };
        let found = row.iter().find(|(place, entry)| granted(entry) && takes(place));
        found.map(|(place, _)| place.as_str())
    }

    /// Principals and the places where the table permits them something.
    pub fn permitted(&self) -> BTreeSet<(&str, &str)> {
        let Some(table) = &self.access else {
            return BTreeSet::new();
        };
        let unlisted = matches!(table.unlisted, Grant::Read | Grant::Write | Grant::All);
        let mut found = BTreeSet::new();
        for (who, row) in &table.rows {
            // A table of a thousand rows names few places in each.
            let listed = row
                .iter()
                .filter(|(place, entry)| self.permits(table, entry, place));
            found.extend(listed.map(|(place, _)| (who.as_str(), place.as_str())));
            let entry = Entry {
                rest: table.unlisted,
                named: BTreeMap::new(),
            };
            let others = self
                .places
                .keys()
                .filter(|place| unlisted && !row.contains_key(*place));
            let others = others.filter(|place| self.permits(table, &entry, place));
            found.extend(others.map(|place| (who.as_str(), place.as_str())));
        }
        found
    }

    fn permits(&self, table: &AccessTable, entry: &Entry, place: &str) -> bool {
        let Some(ids) = self.places.get(place).map(|place| &place.ids) else {
            return false;
        };
        let mut probes = self
            .probes
            .values()
            .filter(|probe| self.is_in_table(table, probe));
        probes.any(|probe| {
            let grant = entry.named.get(&probe.name.value).copied().unwrap_or(entry.rest);
            grant.of(probe.effect) == Expected::Permit
                && probe.inputs.iter().any(|input| ids.contains_key(input))
        })
    }

    fn is_in_table(&self, table: &AccessTable, probe: &Probe) -> bool {
        match &table.probes {
            Some(names) => names.iter().any(|name| name.value == probe.name.value),
            None => self.aimable(probe),
        }
    }

    /// Every cell of the table: rows × places × probes that can be aimed there.
    pub fn cells(&self) -> Vec<Cell> {
        let Some(table) = &self.access else {
            return Vec::new();
        };
        let chosen = |probe: &&Probe| self.is_in_table(table, probe);
        let mut cells = Vec::new();
        for (who, row) in &table.rows {
            for (place, declared) in &self.places {
                let aimed =
                    |probe: &&Probe| probe.inputs.iter().any(|input| declared.ids.contains_key(input));
                for probe in self.probes.values().filter(chosen).filter(aimed) {
                    let name = &probe.name.value;
                    let grant = row.get(place).map_or(table.unlisted, |entry| {
                        entry.named.get(name).copied().unwrap_or(entry.rest)
                    });
                    cells.push(Cell {
                        who: who.clone(),
                        probe: name.clone(),
                        place: place.clone(),
                        expected: grant.of(probe.effect),
                        effect: probe.effect,
                    });
                }
            }
        }
        cells
    }
}
