use crate::{
    Bag, Event, Failure, Kind,
    commands::{self, Command},
    host::HostLink,
    runtime,
};
use entra_net::{Bytes, Secret};
use std::{
    collections::{HashMap, VecDeque},
    future::Future,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};
use tokio::{
    sync::{Notify, oneshot},
    task::AbortHandle,
};
use zeroize::Zeroize;

/// The longest that a host waits in one go: it has to stay able to stop.
const LONGEST_WAIT: Duration = Duration::from_millis(50);
/// Outputs that may wait for the host before no more are made.
const MOST_WAITING: usize = 2;

/// One command under way. Any thread may wait, answer, cancel or drop it.
pub struct Operation {
    command: Command,
    shared: Arc<Shared>,
}

/// What the next event is, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// There is one; the visitor has seen it.
    Event,
    /// Nothing happened in time.
    Timeout,
    /// The last event has been given.
    End,
    /// The operation was cancelled.
    Cancelled,
    /// A panic ended it.
    Panicked,
}

/// A call that the operation does not expect now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongOrder;

/// What host and command have in common.
#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    happened: Condvar,
    /// An output was taken.
    read: Notify,
}

#[derive(Default)]
struct State {
    phase: Phase,
    events: VecDeque<Event>,
    /// Who waits for the answer to an event that asks, and whether the host has seen the question.
    question: Option<(oneshot::Sender<Bag>, bool)>,
    secrets: HashMap<String, Secret>,
    input: Bag,
    /// The host shows no log lines, so none are made for it.
    quiet: bool,
    body: Vec<u8>,
    /// Who waits for pieces of the body, in order, and how many pieces the host owes. It may owe some that nobody waits
    /// for any more.
    pieces: (VecDeque<oneshot::Sender<Bytes>>, usize),
    /// Bytes beside the last event, and how many of them were read.
    output: (Vec<u8>, usize),
    task: Option<AbortHandle>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    New,
    Running,
    Ended,
    Cancelled,
    Panicked,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change under this lock is one assignment; a panic cannot leave one half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does the host do without log lines?
    pub(crate) fn is_quiet(&self) -> bool {
        self.lock().quiet
    }

    /// Tells the host.
    pub(crate) fn tell(&self, event: Event) {
        self.lock().events.push_back(event);
        self.happened.notify_all();
    }

    /// Waits until few outputs are left to be taken.
    pub(crate) async fn room(&self) {
        while self.lock().events.len() > MOST_WAITING {
            self.read.notified().await;
        }
    }

    /// Asks the host; the receiver gets the answer, or nothing once the operation is over.
    pub(crate) fn ask(&self, event: Event) -> oneshot::Receiver<Bag> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.lock();
        state.question = Some((sender, false));
        state.events.push_back(event);
        drop(state);
        self.happened.notify_all();
        receiver
    }

    /// Wants a piece of the body; the receiver gets it, or nothing once the operation is over.
    pub(crate) fn want(&self, event: Event) -> oneshot::Receiver<Bytes> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.lock();
        if state.phase != Phase::Running {
            return receiver;
        }
        state.pieces.0.push_back(sender);
        state.pieces.1 += 1;
        state.events.push_back(event);
        drop(state);
        self.happened.notify_all();
        receiver
    }

    /// A secret that the host has handed over; it is given once.
    pub(crate) fn take_secret(&self, name: &str) -> Option<Secret> {
        self.lock().secrets.remove(name)
    }

    /// Is there a secret of that name with something in it?
    pub(crate) fn holds_secret(&self, name: &str) -> bool {
        self.lock().secrets.get(name).is_some_and(|secret| !secret.is_empty())
    }

    /// The request's body; it is given once.
    pub(crate) fn take_body(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock().body)
    }

    fn end(&self, phase: Phase, last: Option<Event>) {
        let mut state = self.lock();
        if state.phase == Phase::Cancelled {
            return;
        }
        state.phase = phase;
        state.question = None;
        state.pieces.0.clear();
        state.secrets.clear();
        state.events.extend(last);
        drop(state);
        self.happened.notify_all();
    }
}

impl Operation {
    /// Begins a command. Nothing happens before the first [`Operation::next`].
    pub fn begin(command: Command, input: Bag) -> Self {
        let shared = Arc::new(Shared::default());
        shared.lock().quiet = input.flag("Quiet");
        shared.lock().input = input;
        Self { command, shared }
    }

    /// Hands over a secret: before the first `next`, or while the operation asks.
    pub fn secret(&self, name: &str, value: Secret) -> Result<(), WrongOrder> {
        let mut state = self.shared.lock();
        let asked = matches!(state.question, Some((_, true)));
        if state.phase != Phase::New && !asked {
            return Err(WrongOrder);
        }
        state.secrets.insert(name.to_owned(), value);
        Ok(())
    }

    /// Adds bytes to the request's body before the first `next`, or hands over the piece of it that is wanted.
    pub fn write(&self, bytes: &[u8]) -> Result<(), WrongOrder> {
        let mut state = self.shared.lock();
        if state.phase == Phase::New {
            state.body.extend_from_slice(bytes);
            return Ok(());
        }
        let (waiting, owed) = &mut state.pieces;
        *owed = owed.checked_sub(1).ok_or(WrongOrder)?;
        if let Some(sender) = waiting.pop_front() {
            // Nobody waits any more where the request has begun anew meanwhile.
            let _ = sender.send(Bytes::copy_from_slice(bytes));
        }
        Ok(())
    }

    /// Shows `visit` the next event, waiting at most `wait` and never more than 50 ms. The event stays where `visit`
    /// returns false. The first call starts the operation.
    pub fn next(&self, wait: Duration, visit: impl FnOnce(&Event) -> bool) -> io::Result<Next> {
        self.start()?;
        let until = Instant::now() + wait.min(LONGEST_WAIT);
        let mut state = self.shared.lock();
        loop {
            if state.phase == Phase::Cancelled {
                return Ok(Next::Cancelled);
            }
            if let Some(event) = state.events.front() {
                if visit(event) {
                    taken(&mut state);
                    self.shared.read.notify_one();
                }
                return Ok(Next::Event);
            }
            match state.phase {
                Phase::Ended => return Ok(Next::End),
                Phase::Panicked => return Ok(Next::Panicked),
                _ => {}
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Next::Timeout);
            }
            let waited = self.shared.happened.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Answers the event that asks.
    pub fn answer(&self, answer: Bag) -> Result<(), WrongOrder> {
        let mut state = self.shared.lock();
        match state.question.take() {
            Some((sender, true)) => {
                drop(state);
                // Nobody waits any more where the operation was cancelled meanwhile.
                let _ = sender.send(answer);
                Ok(())
            }
            unseen => {
                state.question = unseen;
                Err(WrongOrder)
            }
        }
    }

    /// Copies bytes beside the last event into `buffer`; 0 when all are read.
    pub fn read(&self, buffer: &mut [u8]) -> usize {
        let mut state = self.shared.lock();
        let (bytes, at) = &mut state.output;
        let piece = &bytes[*at..];
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        *at += count;
        count
    }

    /// Ends it: its futures are dropped, its sockets close at once, nothing is written. Twice is as good as once.
    pub fn cancel(&self) {
        let mut state = self.shared.lock();
        if matches!(state.phase, Phase::New | Phase::Running) {
            state.phase = Phase::Cancelled;
        }
        state.question = None;
        state.pieces.0.clear();
        state.secrets.clear();
        // It may have been a token.
        state.output.0.zeroize();
        state.output.1 = 0;
        let task = state.task.take();
        drop(state);
        self.shared.happened.notify_all();
        if let Some(task) = task {
            task.abort();
        }
    }

    fn start(&self) -> io::Result<()> {
        let mut state = self.shared.lock();
        if state.phase != Phase::New {
            return Ok(());
        }
        let runtime = runtime::handle()?;
        state.phase = Phase::Running;
        let input = std::mem::take(&mut state.input);
        drop(state);
        let mut work = Work::new(self.shared.clone(), self.command, input);
        let _inside = runtime.enter();
        // Much of what is asked is in memory. One look on the caller's own thread saves the way to the other and back.
        if Pin::new(&mut work).poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            let task = runtime.spawn(work).abort_handle();
            let mut state = self.shared.lock();
            match state.phase {
                Phase::Cancelled => task.abort(),
                _ => state.task = Some(task),
            }
        }
        Ok(())
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        self.cancel();
    }
}

fn taken(state: &mut State) {
    let Some(event) = state.events.pop_front() else { return };
    if let Some((_, seen)) = state.question.as_mut().filter(|_| event.kind.asks()) {
        *seen = true;
    }
    if matches!(event.kind, Kind::Result | Kind::Error | Kind::Output) {
        state.output = (event.body, 0);
    }
}

type Outcome = Result<Event, Failure>;

/// A command's future, whose panics end the operation and not the process.
struct Work {
    shared: Arc<Shared>,
    future: Pin<Box<dyn Future<Output = Outcome> + Send>>,
}

impl Work {
    fn new(shared: Arc<Shared>, command: Command, input: Bag) -> Self {
        let host = HostLink::new(shared.clone());
        Self { shared, future: Box::pin(commands::run(command, input, host)) }
    }
}

impl Future for Work {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let polled = catch_unwind(AssertUnwindSafe(|| self.future.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(result))) => self.shared.end(Phase::Ended, Some(result)),
            Ok(Poll::Ready(Err(failure))) => self.shared.end(Phase::Ended, Some(failure.event())),
            Err(_) => self.shared.end(Phase::Panicked, None),
        }
        Poll::Ready(())
    }
}

/// An operation under way whose command is the test itself.
#[cfg(test)]
pub(crate) fn under_way() -> (Operation, HostLink) {
    let operation = Operation::begin(Command::Request, Bag::default());
    operation.shared.lock().phase = Phase::Running;
    let host = HostLink::new(operation.shared.clone());
    (operation, host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(future: impl Future<Output = Outcome> + Send + 'static) -> Operation {
        let (operation, _) = under_way();
        let work = Work { shared: operation.shared.clone(), future: Box::pin(future) };
        runtime::handle().unwrap().spawn(work);
        operation
    }

    fn next(operation: &Operation) -> (Next, Option<Event>) {
        for _ in 0..100 {
            let mut seen = None;
            let next = operation.next(LONGEST_WAIT, |event| {
                seen = Some(event.clone());
                true
            });
            if next.as_ref().is_ok_and(|next| *next != Next::Timeout) {
                return (next.unwrap(), seen);
            }
        }
        panic!("nothing happened");
    }

    #[test]
    fn a_panic_inside_becomes_a_status() {
        let operation = begun(async { panic!("inside") });
        assert_eq!(next(&operation).0, Next::Panicked);
    }

    #[test]
    fn an_event_that_is_not_taken_stays() {
        let operation = begun(async { Ok(Event::new(Kind::Result, Bag::default().with("A", "1"))) });
        while operation.next(LONGEST_WAIT, |_| false).unwrap() == Next::Timeout {}
        let (_, event) = next(&operation);
        assert_eq!(event.and_then(|event| event.fields.get("A").map(str::to_owned)), Some("1".into()));
        assert_eq!(next(&operation).0, Next::End);
    }

    #[test]
    fn what_was_half_read_is_gone_after_a_cancel() {
        let body = b"text".to_vec();
        let operation = begun(async { Ok(Event { kind: Kind::Result, fields: Bag::default(), body }) });
        next(&operation);
        let mut half = [0; 2];
        assert_eq!((operation.read(&mut half), &half), (2, b"te"));
        operation.cancel();
        assert_eq!(operation.read(&mut half), 0);
    }

    #[test]
    fn answers_come_only_after_questions() {
        let operation = begun(std::future::pending());
        assert_eq!(operation.answer(Bag::default()), Err(WrongOrder));
        let mut answer = operation.shared.ask(Event::new(Kind::AskVariables, Bag::default()));
        assert_eq!(operation.answer(Bag::default()), Err(WrongOrder), "the question was not seen yet");
        assert_eq!(operation.secret("X", "fake".into()), Err(WrongOrder));
        next(&operation);
        assert_eq!(operation.secret("X", "fake".into()), Ok(()));
        assert_eq!(operation.answer(Bag::default().with("A", "1")), Ok(()));
        assert_eq!(answer.try_recv().ok().map(|bag| bag.flag("A")), Some(false));
        assert_eq!(operation.answer(Bag::default()), Err(WrongOrder), "answered already");
    }

    #[test]
    fn a_quiet_operation_logs_nothing_and_warns_all_the_same() {
        use entra_auth::{Host as _, Level};
        for (input, logged) in [(Bag::default().with("Quiet", "true"), false), (Bag::default(), true)] {
            let operation = Operation::begin(Command::Request, input);
            let host = HostLink::new(operation.shared.clone());
            host.log(Level::Verbose, "line".into());
            host.warn("warning".into());
            let kinds: Vec<_> = operation.shared.lock().events.iter().map(|event| event.kind).collect();
            assert_eq!(kinds.contains(&Kind::Log), logged);
            assert!(kinds.contains(&Kind::Warning));
        }
    }

    #[test]
    fn pieces_go_to_who_asked_for_them_in_order() {
        let operation = begun(std::future::pending());
        assert_eq!(operation.write(b"x"), Err(WrongOrder), "nothing is wanted");
        let want = || operation.shared.want(Event::new(Kind::WantBody, Bag::default()));
        let earlier = want();
        // Its request begins anew before the host has answered.
        drop(earlier);
        let mut later = want();
        assert_eq!((operation.write(b"old"), operation.write(b"new")), (Ok(()), Ok(())));
        assert_eq!(later.try_recv().unwrap(), "new");
        assert_eq!(operation.write(b"x"), Err(WrongOrder));
        let mut last = want();
        operation.shared.end(Phase::Ended, None);
        assert!(last.try_recv().is_err());
        assert_eq!(operation.write(b"owed"), Ok(()), "the host cannot know that nobody waits any more");
        assert_eq!(operation.write(b"x"), Err(WrongOrder));
        assert!(want().try_recv().is_err());
    }

    #[test]
    fn cancelling_drops_the_future_and_tells_who_waits() {
        let (dropped, mut gone) = oneshot::channel::<()>();
        let operation = begun(async move {
            let _held = dropped;
            std::future::pending().await
        });
        operation.cancel();
        operation.cancel();
        assert_eq!(next(&operation).0, Next::Cancelled);
        // This one was spawned behind the operation's back, so it is only asked not to say anything any more.
        assert!(gone.try_recv().is_err());
    }
}
