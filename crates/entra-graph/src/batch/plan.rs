use super::{BATCH_LIMIT, BatchAnswer, BatchError, BatchPart, FAILED_DEPENDENCY};
use crate::{Address, Graph, GraphError, address::is_version};
use std::{collections::HashMap, time::SystemTime};

/// Which parts are done, which wait, and for what.
pub(super) struct Plan<'a>(Vec<Planned<'a>>);

pub(super) struct Planned<'a> {
    pub(super) part: &'a BatchPart,
    pub(super) id: String,
    version: String,
    /// Relative to the version's root.
    pub(super) url: String,
    depends_on: Vec<usize>,
    state: State,
}

pub(super) enum State {
    Waiting { tries: u32, until: SystemTime, because: u16 },
    Settled(BatchAnswer),
}

impl Planned<'_> {
    fn answer(&self) -> Option<&BatchAnswer> {
        match &self.state {
            State::Settled(answer) => Some(answer),
            State::Waiting { .. } => None,
        }
    }

    fn is_open(&self) -> bool {
        self.answer().is_none()
    }

    fn is_ready(&self, now: SystemTime) -> bool {
        matches!(self.state, State::Waiting { until, .. } if until <= now)
    }
}

impl<'a> Plan<'a> {
    pub(super) fn new(graph: &Graph, version: &str, parts: &'a [BatchPart]) -> Result<Self, GraphError> {
        let ids = ids(parts)?;
        let by_id: HashMap<_, _> = ids.iter().enumerate().map(|(at, id)| (id.to_lowercase(), at)).collect();
        let mut planned = Vec::with_capacity(parts.len());
        for (part, id) in parts.iter().zip(ids) {
            let (version, url) = split_version(graph, version, &id, &part.url)?;
            let depends_on = dependencies(part, &id, &by_id)?;
            let state = State::Waiting { tries: 0, until: SystemTime::UNIX_EPOCH, because: 0 };
            planned.push(Planned { part, id, version, url, depends_on, state });
        }
        let plan = Self(planned);
        plan.refuse_circles()?;
        Ok(plan)
    }

    fn refuse_circles(&self) -> Result<(), BatchError> {
        let mut done = vec![false; self.0.len()];
        let mut changed = true;
        while std::mem::take(&mut changed) {
            for (at, part) in self.0.iter().enumerate() {
                if !done[at] && part.depends_on.iter().all(|&on| done[on]) {
                    done[at] = true;
                    changed = true;
                }
            }
        }
        match done.iter().position(|done| !done) {
            Some(at) => Err(BatchError::Circle(self.0[at].id.clone())),
            None => Ok(()),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.0.iter().any(Planned::is_open)
    }

    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    pub(super) fn settled(&self) -> u64 {
        self.0.iter().filter(|part| !part.is_open()).count() as u64
    }

    pub(super) fn id(&self, at: usize) -> &str {
        &self.0[at].id
    }

    pub(super) fn part(&self, at: usize) -> &Planned<'a> {
        &self.0[at]
    }

    pub(super) fn version(&self, chosen: &[usize]) -> &str {
        chosen.first().map_or("v1.0", |&at| &self.0[at].version)
    }

    pub(super) fn tries(&self, at: usize) -> u32 {
        match self.0[at].state {
            State::Waiting { tries, .. } => tries,
            State::Settled(_) => 0,
        }
    }

    pub(super) fn set(&mut self, at: usize, state: State) {
        self.0[at].state = state;
    }

    /// The names of the dependencies that are not settled yet: the others need not be named again.
    pub(super) fn open_dependencies(&self, at: usize) -> Vec<&str> {
        let open = self.0[at].depends_on.iter().filter(|&&on| self.0[on].is_open());
        open.map(|&on| self.id(on)).collect()
    }

    /// Parts whose dependency has failed for good are answered as the service would.
    pub(super) fn fail_dependents(&mut self) {
        let failed = |plan: &Self, at: usize| {
            let on = plan.0[at].depends_on.iter().map(|&on| &plan.0[on]);
            plan.0[at].is_open() && on.filter_map(Planned::answer).any(|answer| !answer.is_success())
        };
        while let Some(at) = (0..self.0.len()).find(|&at| failed(self, at)) {
            let answer =
                BatchAnswer { id: self.0[at].id.clone(), status: FAILED_DEPENDENCY, headers: Vec::new(), body: None };
            self.set(at, State::Settled(answer));
        }
    }

    /// The next call: parts of one version that are ready, each after what it depends on, in their order.
    pub(super) fn choose(&self, now: SystemTime) -> Vec<usize> {
        let mut chosen: Vec<usize> = Vec::new();
        loop {
            let before = chosen.len();
            for (at, part) in self.0.iter().enumerate() {
                let same_version = chosen.first().is_none_or(|&first| self.0[first].version == part.version);
                let follows = part.depends_on.iter().all(|on| !self.0[*on].is_open() || chosen.contains(on));
                let is_next = part.is_ready(now) && same_version && follows && !chosen.contains(&at);
                if is_next && chosen.len() < BATCH_LIMIT {
                    chosen.push(at);
                }
            }
            if chosen.len() == before {
                return chosen;
            }
        }
    }

    /// Parts that failed only because what they depend on has to be tried again are tried again with it.
    pub(super) fn settle_dependents(&mut self, mut failed: Vec<(usize, BatchAnswer)>) {
        let is_final = |plan: &Self, open: &[usize], at: usize| {
            plan.0[at].depends_on.iter().all(|on| !plan.0[*on].is_open() && !open.contains(on))
        };
        loop {
            let open: Vec<_> = failed.iter().map(|(at, _)| *at).collect();
            let Some(next) = failed.iter().position(|(at, _)| is_final(self, &open, *at)) else {
                return;
            };
            let (at, answer) = failed.swap_remove(next);
            self.set(at, State::Settled(answer));
        }
    }

    /// When the first waiting part is ready, which try that is, and what it waits for.
    pub(super) fn first_ready(&self) -> Option<(SystemTime, u32, u16)> {
        let waiting = self.0.iter().filter_map(|part| match part.state {
            State::Waiting { tries, until, because } if tries > 0 => Some((until, tries, because)),
            _ => None,
        });
        waiting.min()
    }

    pub(super) fn answers(self) -> Vec<BatchAnswer> {
        let answers = self.0.into_iter().filter_map(|part| match part.state {
            State::Settled(answer) => Some(answer),
            State::Waiting { .. } => None,
        });
        answers.collect()
    }
}

/// Given names, and numbers that are not taken for the others.
fn ids(parts: &[BatchPart]) -> Result<Vec<String>, BatchError> {
    let mut taken = std::collections::HashSet::new();
    for id in parts.iter().filter_map(|part| part.id.as_ref()) {
        if !taken.insert(id.to_lowercase()) {
            return Err(BatchError::DuplicateId(id.clone()));
        }
    }
    let mut numbers = (1..).map(|number: usize| number.to_string()).filter(|number| !taken.contains(number));
    Ok(parts.iter().map(|part| part.id.clone().or_else(|| numbers.next()).unwrap_or_default()).collect())
}

fn dependencies(part: &BatchPart, id: &str, by_id: &HashMap<String, usize>) -> Result<Vec<usize>, BatchError> {
    let find = |on: &String| {
        let unknown = || BatchError::UnknownDependency { id: id.into(), on: on.clone() };
        by_id.get(&on.to_lowercase()).copied().ok_or_else(unknown)
    };
    part.depends_on.iter().map(find).collect()
}

/// The version and the address below it.
fn split_version(graph: &Graph, version: &str, id: &str, url: &str) -> Result<(String, String), GraphError> {
    let relative = url.trim().trim_start_matches(['/', '\\']);
    let first = relative.split(['/', '?']).next().unwrap_or_default();
    let text = if is_version(first) || url.contains("://") { url.into() } else { format!("{version}/{relative}") };
    let address = Address::resolve(&graph.endpoint, &text, &[])?;
    let below = address.url().path().trim_start_matches('/');
    let (version, path) = below.split_once('/').unwrap_or((below, ""));
    if !address.is_own() || !is_version(version) {
        return Err(BatchError::Foreign(id.into()).into());
    }
    let query = address.url().query().map(|query| format!("?{query}")).unwrap_or_default();
    Ok((version.to_ascii_lowercase(), format!("/{path}{query}")))
}
