//! Named misbehaviours, one file per family.
//!
//! A defect is consulted at one place, where it bites; everywhere else the code reads as if it did not exist.
//! This folder only names them and says which rules each must make fail. It must never hold behaviour.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use serde::Serialize;

pub(crate) mod asmd;
pub(crate) mod audit;
pub(crate) mod bearer;
pub(crate) mod cauth;
pub(crate) mod challenge;
pub(crate) mod cimd;
pub(crate) mod dcr;
pub(crate) mod evr;
pub(crate) mod evs;
pub(crate) mod intr;
pub(crate) mod jwt;
pub(crate) mod key;
pub(crate) mod load;
pub(crate) mod lock;
pub(crate) mod oac;
pub(crate) mod pkce;
pub(crate) mod prmd;
pub(crate) mod rate;
pub(crate) mod rdir;
pub(crate) mod resource;
pub(crate) mod revk;
pub(crate) mod rfsh;
pub(crate) mod rind;
pub(crate) mod scope;
pub(crate) mod strm;
pub(crate) mod tenant;
pub(crate) mod tok;
pub(crate) mod transport;
pub(crate) mod whr;
pub(crate) mod whs;
pub(crate) mod wstk;
pub(crate) mod xfer;

/// One named misbehaviour of the mock. Obtained from [`Defect::from_id`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Defect(&'static str);

/// What a defect is and what it is expected to break.
#[derive(Debug, Clone, Serialize)]
pub struct DefectInfo {
    /// Stable slug, e.g. `scheme-exact`.
    pub id: &'static str,
    /// Rules that must fail or warn while it is on.
    pub rules: &'static [&'static str],
    /// Other rules that may miss as a consequence.
    pub implied: &'static [&'static str],
    /// Family of the rules it was made for, e.g. `BEARER`.
    pub family: &'static str,
    /// One sentence: what the mock then does.
    pub does: &'static str,
}

impl Defect {
    /// The defect of this slug, if there is one.
    pub fn from_id(id: &str) -> Option<Self> {
        defects()
            .iter()
            .find(|info| info.id == id)
            .map(|info| Self(info.id))
    }

    /// Its slug.
    pub fn id(self) -> &'static str {
        self.0
    }

    /// Its record in [`defects`].
    pub fn info(self) -> &'static DefectInfo {
        let found = defects().iter().find(|info| info.id == self.0);
        // Constants and table rows come from one macro, so every constant has its row.
        found.unwrap_or(&defects()[0])
    }
}

impl fmt::Debug for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Defect({})", self.0)
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Every defect, sorted by family, then id.
pub fn defects() -> &'static [DefectInfo] {
    static ALL: LazyLock<Vec<DefectInfo>> = LazyLock::new(|| {
        let mut all = [
            asmd::TABLE,
            audit::TABLE,
            bearer::TABLE,
            cauth::TABLE,
            challenge::TABLE,
            cimd::TABLE,
            dcr::TABLE,
            evr::TABLE,
            evs::TABLE,
            intr::TABLE,
            jwt::TABLE,
            key::TABLE,
            load::TABLE,
            lock::TABLE,
            oac::TABLE,
            pkce::TABLE,
            prmd::TABLE,
            rate::TABLE,
            rdir::TABLE,
            resource::TABLE,
            revk::TABLE,
            rfsh::TABLE,
            rind::TABLE,
            scope::TABLE,
            strm::TABLE,
            tenant::TABLE,
            tok::TABLE,
            transport::TABLE,
            whr::TABLE,
            whs::TABLE,
            wstk::TABLE,
            xfer::TABLE,
        ]
        .concat();
        all.sort_by_key(|info| (info.family, info.id));
        all
    });
    &ALL
}

/// The defects that are on. Usually empty or one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DefectSet(BTreeSet<Defect>);

impl DefectSet {
    pub(crate) fn has(&self, defect: Defect) -> bool {
        self.0.contains(&defect)
    }

    pub(crate) fn any(&self, defects: &[Defect]) -> bool {
        defects.iter().any(|defect| self.has(*defect))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn ids(&self) -> Vec<&'static str> {
        self.0.iter().map(|defect| defect.id()).collect()
    }
}

impl FromIterator<Defect> for DefectSet {
    fn from_iter<I: IntoIterator<Item = Defect>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}

/// Declares a family: one constant and one table row per defect.
macro_rules! family {
    ($family:literal; $($name:ident $id:literal breaks $rules:tt implies $implied:tt does $does:literal;)*) => {
        $(#[doc = $does] pub(crate) const $name: $crate::defect::Defect = $crate::defect::Defect($id);)*
        pub(super) const TABLE: &[$crate::defect::DefectInfo] = &[$($crate::defect::DefectInfo {
            id: $id,
            rules: &$rules,
            implied: &$implied,
            family: $family,
            does: $does,
        }),*];
    };
}
use family;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_sorted_and_found_again() {
        let ids: Vec<_> = defects().iter().map(|info| (info.family, info.id)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
        let unique: BTreeSet<_> = defects().iter().map(|info| info.id).collect();
        assert_eq!(unique.len(), defects().len());
        for info in defects() {
            assert_eq!(
                Defect::from_id(info.id).map(|defect| defect.info().id),
                Some(info.id)
            );
        }
        assert_eq!(Defect::from_id("no-such-defect"), None);
    }

    #[test]
    fn every_defect_names_a_rule_and_implies_no_rule_twice() {
        for info in defects() {
            assert!(!info.rules.is_empty() && info.does.ends_with('.'), "{}", info.id);
            assert!(
                info.implied.iter().all(|rule| !info.rules.contains(rule)),
                "{}",
                info.id
            );
        }
    }
}
