//! The access matrix: the cells that checks recorded, laid out by place, probe and principal. Sorts and counts what
//! was recorded, and decides nothing.

use crate::record::{Access, Check, Record, Standing, Verdict};
use std::collections::BTreeMap;

/// How a cell stands to what was declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// As declared.
    Agrees,
    /// Nothing is known.
    Unknown,
    /// Otherwise than declared, without giving or taking anything away.
    Differs,
    /// Refused, although declared permitted.
    Blocked,
    /// Refused in a way that shows that the thing exists, although declared invisible.
    Shown,
    /// Permitted, although declared denied or invisible.
    Leak,
}

impl Kind {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Agrees => "agrees",
            Kind::Unknown => "unknown",
            Kind::Differs => "differs",
            Kind::Blocked => "blocked",
            Kind::Shown => "shown",
            Kind::Leak => "leak",
        }
    }
}

/// One cell: the worst of what was recorded for it.
pub struct Cell<'r> {
    /// What was declared and found.
    pub access: &'r Access,
    /// The check that says so.
    pub check: &'r Check,
    /// How the two stand to each other.
    pub kind: Kind,
}

/// All cells. Principals, probes and places come in the order in which the record names them first.
#[derive(Default)]
pub struct Matrix<'r> {
    /// Who asked.
    pub principals: Vec<&'r str>,
    /// With what.
    pub probes: Vec<&'r str>,
    /// For what.
    pub places: Vec<&'r str>,
    cells: BTreeMap<(&'r str, &'r str, &'r str), Cell<'r>>,
}

impl<'r> Matrix<'r> {
    /// The cells that checks of this record judged.
    pub fn of(record: &'r Record) -> Matrix<'r> {
        let mut matrix = Matrix::default();
        for check in &record.checks {
            if let Some(access) = &check.access {
                matrix.take(access, check);
            }
        }
        matrix
    }

    fn take(&mut self, access: &'r Access, check: &'r Check) {
        let once = |list: &mut Vec<&'r str>, name: &'r str| {
            if !list.contains(&name) {
                list.push(name);
            }
        };
        once(&mut self.principals, &access.who);
        once(&mut self.probes, &access.probe);
        once(&mut self.places, &access.place);
        let cell = Cell {
            access,
            check,
            kind: kind(access, check.verdict),
        };
        let key = (access.place.as_str(), access.probe.as_str(), access.who.as_str());
        let rank = |cell: &Cell<'_>| (cell.kind, cell.check.verdict);
        match self.cells.get_mut(&key) {
            Some(known) if rank(known) >= rank(&cell) => {}
            Some(known) => *known = cell,
            None => {
                self.cells.insert(key, cell);
            }
        }
    }

    /// Whether no check judged a cell.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// One cell.
    pub fn cell(&self, place: &'r str, probe: &'r str, who: &'r str) -> Option<&Cell<'r>> {
        self.cells.get(&(place, probe, who))
    }

    /// Whether any cell of a place was asked with a probe.
    pub fn asked(&self, place: &'r str, probe: &'r str) -> bool {
        self.principals
            .iter()
            .any(|who| self.cell(place, probe, who).is_some())
    }

    /// How many cells stand like this.
    pub fn count(&self, kind: Kind) -> usize {
        self.cells.values().filter(|cell| cell.kind == kind).count()
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Every cell that is not as declared, worst first.
    pub fn deviating(&self) -> Vec<&Cell<'r>> {
        let mut cells: Vec<&Cell<'r>> = self
            .cells
            .values()
            .filter(|cell| cell.kind != Kind::Agrees)
            .collect();
        cells.sort_by_key(|cell| std::cmp::Reverse(cell.kind));
        cells
    }

    /// Every cell that was permitted against the declaration.
    pub fn leaks(&self) -> Vec<&Cell<'r>> {
        self.cells
            .values()
            .filter(|cell| cell.kind == Kind::Leak)
            .collect()
    }
}

/// How what was found stands to what was declared.
pub fn kind(access: &Access, verdict: Verdict) -> Kind {
    use Standing::{Broken, Deny, Invisible, Limited, Permit};
    match (access.expected, access.found) {
        (Deny | Invisible, Permit) => Kind::Leak,
        (_, Limited | Broken) => Kind::Unknown,
        (Invisible, Deny) => Kind::Shown,
        (Permit, Deny | Invisible) => Kind::Blocked,
        (expected, found) if expected != found => Kind::Differs,
        _ => match verdict {
            Verdict::Failed | Verdict::Warned => Kind::Differs,
            Verdict::Errored | Verdict::NotTestable | Verdict::Skipped => Kind::Unknown,
            Verdict::Passed | Verdict::Info => Kind::Agrees,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(expected: Standing, found: Standing) -> Access {
        Access {
            who: String::new(),
            probe: String::new(),
            place: String::new(),
            expected,
            found,
        }
    }

    #[test]
    fn kinds() {
        use Standing::{Broken, Deny, Invisible, Limited, Permit};
        let table = [
            (Permit, Permit, Verdict::Passed, Kind::Agrees),
            (Deny, Permit, Verdict::Failed, Kind::Leak),
            (Invisible, Permit, Verdict::NotTestable, Kind::Leak),
            (Invisible, Deny, Verdict::Failed, Kind::Shown),
            (Permit, Invisible, Verdict::Failed, Kind::Blocked),
            (Deny, Invisible, Verdict::Passed, Kind::Differs),
            (Permit, Limited, Verdict::NotTestable, Kind::Unknown),
            (Deny, Broken, Verdict::Errored, Kind::Unknown),
            (Deny, Deny, Verdict::NotTestable, Kind::Unknown),
            (Deny, Deny, Verdict::Failed, Kind::Differs),
        ];
        for (expected, found, verdict, wanted) in table {
            assert_eq!(
                kind(&access(expected, found), verdict),
                wanted,
                "{expected} {found} {verdict}"
            );
        }
    }
}
