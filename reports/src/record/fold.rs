//! Events in, record out. Pure; takes events in any order within a case and never refuses one.

use super::load::Seen;
use super::{
    BY_REVISION, Case, CaseRef, Check, Clean, Event, Load, Note, Record, RecordError, SCHEMA, Scanned,
    Summary, Verdict,
};
use super::{BaselineResult, FamilyCoverage, Run, Target, Tool};
use std::collections::BTreeMap;

/// Scenario, row, revision.
type Key = (String, String, String);

/// Folds events into a [`Record`]. Feed it with [`Fold::take`], look at any time with [`Fold::record`].
#[derive(Clone, Debug, Default)]
pub struct Fold {
    schema: u32,
    start: Option<(Tool, Run, Target)>,
    plan: Vec<Key>,
    cases: BTreeMap<Key, Case>,
    checks: Vec<Check>,
    notes: Vec<Note>,
    scanned: Option<Scanned>,
    load: Seen,
    end: Option<End>,
}

#[derive(Clone, Debug)]
struct End {
    duration_ms: u64,
    complete: bool,
    coverage: Vec<FamilyCoverage>,
    baseline: Option<BaselineResult>,
}

impl Fold {
    /// Takes the next event.
    pub fn take(&mut self, event: Event) {
        match event {
            Event::RunStarted {
                schema,
                tool,
                run,
                target,
                planned,
            } => {
                self.schema = schema;
                self.start = Some((tool, run, target));
                self.plan(planned);
            }
            Event::CaseStarted {
                scenario,
                case,
                revision,
                title,
            } => self.case((scenario, case, revision)).title = title,
            Event::CheckFinished(mut check) => {
                if self.schema < BY_REVISION {
                    check.revision.clear();
                }
                let title = check.title.clone();
                let case = self.case((check.scenario.clone(), check.case.clone(), check.revision.clone()));
                if case.title.is_empty() {
                    case.title = title;
                }
                self.checks.push(check);
            }
            Event::CaseFinished {
                scenario,
                case,
                revision,
                verdict,
                duration_us,
                requests,
            } => {
                let case = self.case((scenario, case, revision));
                case.verdict = Some(verdict);
                case.duration_us = duration_us;
                case.requests = requests;
            }
            Event::Note(note) => self.notes.push(note),
            Event::Scanned(more) => self.scanned.get_or_insert_default().add(&more),
            Event::LoadSecond(second) => self.load.second(second),
            Event::Load(load) => self.load.told(*load),
            Event::RunFinished {
                duration_ms,
                complete,
                coverage,
                baseline,
            } => {
                self.end = Some(End {
                    duration_ms,
                    complete,
                    coverage,
                    baseline,
                });
            }
        }
    }

    fn plan(&mut self, planned: Vec<CaseRef>) {
        for CaseRef {
            scenario,
            case,
            revision,
            title,
        } in planned
        {
            let key = (scenario, case, revision);
            self.plan.push(key.clone());
            self.case(key).title = title;
        }
    }

    fn case(&mut self, key: Key) -> &mut Case {
        let (scenario, case, revision) = key.clone();
        let fresh = Case {
            scenario,
            case,
            revision,
            title: Clean::default(),
            verdict: None,
            duration_us: 0,
            requests: 0,
        };
        self.cases.entry(key).or_insert(fresh)
    }

    /// The counts so far, for whoever watches the run.
    pub fn summary(&self) -> Summary {
        let cases: Vec<Case> = self.cases.values().cloned().collect();
        Summary::of(&self.checks, &cases)
    }

    /// The record so far. Without [`Event::RunFinished`] it says that the run was cut short.
    ///
    /// # Errors
    /// [`RecordError::NoStart`] before [`Event::RunStarted`].
    pub fn record(&self) -> Result<Record, RecordError> {
        let (tool, mut run, target) = self.start.clone().ok_or(RecordError::NoStart)?;
        let end = self.end.clone().unwrap_or(End {
            duration_ms: 0,
            complete: false,
            coverage: Vec::new(),
            baseline: None,
        });
        run.duration_ms = end.duration_ms;
        let rank = self.rank();
        let place = |scenario: &str, case: &str, revision: &str| {
            rank.get(&(scenario, case, revision))
                .copied()
                .unwrap_or(usize::MAX)
        };
        let mut cases: Vec<Case> = self.cases.values().cloned().collect();
        cases.sort_by_key(|case| place(&case.scenario, &case.case, &case.revision));
        let mut checks = self.checks.clone();
        checks.sort_by_key(|check| place(&check.scenario, &check.case, &check.revision));
        Ok(Record {
            schema: SCHEMA,
            tool,
            run,
            target,
            summary: Summary::of(&checks, &cases),
            cases,
            checks,
            notes: self.notes.clone(),
            coverage: end.coverage,
            scanned: self.scanned.clone(),
            load: self.load.load(),
            baseline: end.baseline,
            complete: end.complete,
        })
    }

    /// Position of every case: first the planned ones as planned, then the others by name.
    fn rank(&self) -> BTreeMap<(&str, &str, &str), usize> {
        let mut rank = BTreeMap::new();
        for (scenario, case, revision) in self.plan.iter().chain(self.cases.keys()) {
            let next = rank.len();
            rank.entry((scenario.as_str(), case.as_str(), revision.as_str()))
                .or_insert(next);
        }
        rank
    }
}

impl Record {
    /// The events that fold into this record again.
    pub fn events(&self) -> Vec<Event> {
        let mut run = self.run.clone();
        run.duration_ms = 0;
        let planned = self.cases.iter().map(|case| CaseRef {
            scenario: case.scenario.clone(),
            case: case.case.clone(),
            revision: case.revision.clone(),
            title: case.title.clone(),
        });
        let mut events = vec![Event::RunStarted {
            schema: SCHEMA,
            tool: self.tool.clone(),
            run,
            target: self.target.clone(),
            planned: planned.collect(),
        }];
        for case in &self.cases {
            self.case_events(case, &mut events);
        }
        events.extend(self.notes.iter().cloned().map(Event::Note));
        events.extend(self.scanned.clone().map(Event::Scanned));
        if let Some(load) = &self.load {
            events.extend(load.seconds.iter().cloned().map(Event::LoadSecond));
            let whole = Load {
                seconds: Vec::new(),
                ..load.clone()
            };
            events.push(Event::Load(Box::new(whole)));
        }
        if self.complete || self.run.duration_ms > 0 {
            events.push(Event::RunFinished {
                duration_ms: self.run.duration_ms,
                complete: self.complete,
                coverage: self.coverage.clone(),
                baseline: self.baseline.clone(),
            });
        }
        events
    }

    fn case_events(&self, case: &Case, events: &mut Vec<Event>) {
        let Case {
            scenario,
            case: row,
            revision,
            title,
            verdict,
            duration_us,
            requests,
        } = case;
        let (scenario, row, revision) = (scenario.clone(), row.clone(), revision.clone());
        let checks: Vec<&Check> = self.checks_of(case).collect();
        if checks.is_empty() && verdict.is_none() {
            return;
        }
        events.push(Event::CaseStarted {
            scenario: scenario.clone(),
            case: row.clone(),
            revision: revision.clone(),
            title: title.clone(),
        });
        events.extend(checks.into_iter().cloned().map(Event::CheckFinished));
        if let Some(verdict) = *verdict {
            let (duration_us, requests) = (*duration_us, *requests);
            events.push(Event::CaseFinished {
                scenario,
                case: row,
                revision,
                verdict,
                duration_us,
                requests,
            });
        }
    }

    /// The checks of one case, in order.
    pub fn checks_of<'r>(&'r self, case: &'r Case) -> impl Iterator<Item = &'r Check> {
        self.checks.iter().filter(move |check| {
            check.scenario == case.scenario && check.case == case.case && check.revision == case.revision
        })
    }

    /// The worst verdict among the checks of a case.
    pub fn worst_of(&self, case: &Case) -> Verdict {
        Verdict::worst(self.checks_of(case).map(|check| check.verdict))
    }
}
