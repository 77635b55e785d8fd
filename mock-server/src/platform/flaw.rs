//! Ways to forget whose a thing is: what the platform does while the defect of that name is on.

use serde::Serialize;

/// One way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Permission is not asked; the mode of a scope still is.
    Waved,
    /// Members are told to the whole organisation.
    MembersOpen,
    /// Nodes are looked up by their id, in any workspace.
    NodeAnywhere,
    /// A copy's source is not looked at.
    SourceAnywhere,
    /// Totals count everything.
    TotalOfAll,
    /// Ranked and cut first, filtered afterwards.
    FilteredLate,
    /// One index for all tenants.
    OneIndex,
    /// Filtered by organisation, not by workspace.
    ByTenant,
    /// The passages of an answer come from every workspace.
    GroundedInAll,
    /// What an answer cites comes from every workspace.
    CitesAll,
    /// What was indexed once is answered from, though intelligence was switched off.
    IndexOutlives,
    /// A share tells of itself to whoever knows its id.
    SharesOpen,
    /// Uploads answer to whoever knows their id.
    UploadsOpen,
    /// Addresses of the platform's own files are imported with its rights.
    ImportsAsSystem,
    /// A download token opens any file.
    TokenOpensAll,
    /// A refusal admits that the thing exists.
    AdmitsExistence,
    /// A mistyped id is answered with the nearest.
    Suggests,
    /// No workspace means all.
    NullIsAll,
    /// A cursor says what is listed.
    CursorDecides,
    /// Signed addresses do not end.
    SignedForever,
    /// Memberships do not end.
    MemberForever,
}

/// The ways in force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Flaws(u32);

impl Flaws {
    /// With this one too, if `on`.
    #[must_use]
    pub fn with(self, flaw: Flaw, on: bool) -> Flaws {
        Flaws(self.0 | (u32::from(on) << flaw as u32))
    }

    /// Without this one.
    #[must_use]
    pub fn without(self, flaw: Flaw) -> Flaws {
        Flaws(self.0 & !(1 << flaw as u32))
    }

    /// Whether it is in force.
    pub fn has(self, flaw: Flaw) -> bool {
        self.0 & (1 << flaw as u32) != 0
    }
}
