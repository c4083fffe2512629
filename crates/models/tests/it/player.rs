//! A provider that does what the test says.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::{StreamExt as _, stream};
use inference::{
    BlockStart, Delta, Embedder, EmbedderId, Embedding, ErrorKind, Event, Events, ModelError, Provider,
    Purpose, Request, StopReason, Usage,
};
use stdx::BoxFuture;

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Play {
    /// It is refused.
    Refuse(ErrorKind),
    /// It is taken on, begins, and then fails before anything is said.
    Stumble(ErrorKind),
    /// These words are said, and then it fails.
    Break(&'static str, ErrorKind),
    /// These words are said, and counted.
    Say(&'static str, Usage),
    /// These words are said, and nobody counts.
    Uncounted(&'static str),
    /// These words are said, and then nothing happens any more.
    Hang(&'static str),
    /// Not even the request is taken on.
    Deaf,
}

/// A provider that plays what it is told, one call after the other, and the last thing again and again.
#[derive(Clone, Default)]
pub(crate) struct Player(Arc<State>);

#[derive(Default)]
struct State {
    plays: Mutex<VecDeque<Play>>,
    asked: Mutex<Vec<Request>>,
    /// Answers that somebody still holds.
    open: AtomicUsize,
}

/// An answer that somebody holds.
struct Open(Arc<State>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(crate) fn tokens(input_tokens: u64, output_tokens: u64) -> Usage {
    Usage { input_tokens, output_tokens, ..Usage::default() }
}

impl Player {
    pub(crate) fn plays(&self, plays: impl IntoIterator<Item = Play>) {
        *self.0.plays.lock().unwrap() = plays.into_iter().collect();
    }

    pub(crate) fn asked(&self) -> Vec<Request> {
        self.0.asked.lock().unwrap().clone()
    }

    pub(crate) fn open(&self) -> usize {
        self.0.open.load(Ordering::Relaxed)
    }

    fn next(&self) -> Play {
        let mut plays = self.0.plays.lock().unwrap();
        let play = plays.front().cloned().unwrap_or(Play::Say("yes", tokens(10, 1)));
        if plays.len() > 1 {
            plays.pop_front();
        }
        play
    }

    fn events(&self, begin: Vec<Result<Event, ModelError>>, ends: bool) -> Events {
        self.0.open.fetch_add(1, Ordering::Relaxed);
        let open = Open(Arc::clone(&self.0));
        let begin = stream::iter(begin);
        let events = match ends {
            true => begin.boxed(),
            false => begin.chain(stream::pending()).boxed(),
        };
        Box::pin(events.map(move |event| {
            let _held = &open;
            event
        }))
    }
}

fn said(text: &str) -> Vec<Result<Event, ModelError>> {
    let mut events = vec![Ok(Event::Start), Ok(Event::BlockStart { index: 0, block: BlockStart::Text })];
    let words = text.split_inclusive(' ').filter(|word| !word.is_empty());
    events.extend(words.map(|word| Ok(Event::Delta { index: 0, delta: Delta::Text(word.to_owned()) })));
    events
}

fn ended(text: &str) -> Vec<Result<Event, ModelError>> {
    let mut events = said(text);
    events.extend([Ok(Event::BlockStop { index: 0 }), Ok(Event::Stop(StopReason::EndTurn))]);
    events
}

fn failure(kind: &ErrorKind) -> ModelError {
    ModelError::new(kind.clone(), format!("it is {kind:?}"))
}

impl Provider for Player {
    fn converse<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Events, ModelError>> {
        self.0.asked.lock().unwrap().push(request.clone());
        let play = self.next();
        Box::pin(async move {
            Ok(match play {
                Play::Refuse(kind) => return Err(failure(&kind)),
                Play::Stumble(kind) => self.events(vec![Ok(Event::Start), Err(failure(&kind))], true),
                Play::Break(text, kind) => {
                    let mut events = said(text);
                    events.push(Err(failure(&kind)));
                    self.events(events, true)
                }
                Play::Say(text, usage) => {
                    let mut events = ended(text);
                    events.push(Ok(Event::Usage(usage)));
                    self.events(events, true)
                }
                Play::Uncounted(text) => self.events(ended(text), true),
                Play::Hang(text) => self.events(said(text), false),
                Play::Deaf => std::future::pending().await,
            })
        })
    }

    fn count_tokens<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Option<u64>, ModelError>> {
        self.0.asked.lock().unwrap().push(request.clone());
        let play = self.next();
        Box::pin(async move {
            match play {
                Play::Refuse(kind) => Err(failure(&kind)),
                Play::Uncounted(_) => Ok(None),
                _ => Ok(Some(42)),
            }
        })
    }
}

/// An embedder whose vectors are the texts' lengths; fewer than asked for if a text is empty.
pub(crate) struct Lengths;

impl Embedder for Lengths {
    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        _: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ModelError>> {
        let embedder = Arc::new(EmbedderId { model: "lengths".to_owned(), dimension: 1 });
        let vectors = texts.iter().filter(|text| !text.is_empty()).map(|text| Embedding {
            embedder: Arc::clone(&embedder),
            vector: vec![f32::from(u8::try_from(text.len()).unwrap())],
        });
        Box::pin(std::future::ready(Ok(vectors.collect())))
    }
}
