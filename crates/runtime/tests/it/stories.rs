//! Any story of sessions that are used, suspended, forked, rewound and killed, with the server killed in the middle
//! of it, against a model of a few lines: no session is lost, doubled or leaked, and none is billed twice.

mod interrupted;
mod model;

use std::collections::BTreeSet;
use std::time::Duration;

use fault::{Kind, Result};
use ids::{AgentRuntimeId, CheckpointName};
use runtime::sessions::{SessionKey, SessionState};
use sandbox::{SandboxId, SnapshotName};
use sandbox_sim::{SimFailure, Step};
use stdx::{Rng, SeededRng};

use crate::checkpoints::name;
use crate::world::{QUIET, Server, World, calm, living, until};
use interrupted::Interrupted;
use model::{Act, Model, NAMES, SESSIONS, Session};

/// Longer than any story, in seconds.
const LONG: u64 = 100 * 365 * 24 * 3600;

struct Story<'a> {
    world: &'a World,
    rng: SeededRng,
    model: Model,
    agent: Option<AgentRuntimeId>,
    left: usize,
}

impl Story<'_> {
    fn below(&self, limit: usize) -> usize {
        let mut bytes = [0; 8];
        self.rng.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % limit as u64).unwrap()
    }

    fn act(&self) -> Act {
        loop {
            let (session, name) = (self.below(SESSIONS), self.below(NAMES));
            let act = match self.below(22) {
                0..=4 => Act::Invoke(session),
                5..=6 => Act::Crowd(session),
                7..=8 => Act::Suspend(session),
                9 => Act::Resume(session),
                10 => Act::Stop(session),
                11..=12 => Act::Checkpoint(session, name),
                13 => Act::Drop(session, name),
                14..=15 => Act::Fork(session, name, self.below(SESSIONS)),
                16 => Act::Rewind(session, name),
                17 => Act::Rest,
                18 => Act::Kill(session),
                19 => Act::FullDisk(session),
                20 => Act::NoResume(session),
                _ => Act::Spoil(session),
            };
            if self.model.fits(act) {
                return act;
            }
        }
    }

    fn key(&self, server: &Server<'_>, session: usize) -> SessionKey {
        server.session_of(self.agent.as_ref().unwrap(), session)
    }

    /// Acts, and compares with the model what comes of it.
    async fn play(&mut self, server: &Server<'_>, act: Act) {
        let expected = self.model.apply(act);
        let done = self.perform(server, act).await;
        match (expected, done) {
            (Ok(()), Ok(Some((session, count)))) => self.model.learn(session, count),
            (Ok(()), Ok(None)) => {}
            (Err(expected), Err(fault)) => assert_eq!(*fault.kind(), expected, "{act:?}: {fault}"),
            (expected, done) => panic!("{act:?}: {done:?} instead of {expected:?}"),
        }
        if let Act::Crowd(session) = act
            && let SessionState::Suspended { .. } = server.state(&self.key(server, session)).await
        {
            let counts = self.model.sessions[session].counts().to_vec();
            self.model.sessions[session] = Session::Asleep(counts);
        }
    }

    /// Does it to the server. Who uses a session learns how often that has happened.
    async fn perform(&self, server: &Server<'_>, act: Act) -> Result<Option<(usize, u64)>> {
        let key = |session| self.key(server, session);
        match act {
            Act::Invoke(session) => return Ok(Some((session, server.count(&key(session)).await?))),
            Act::Crowd(session) => {
                let key = key(session);
                let (one, two, _) = futures_util::future::join3(
                    server.count(&key),
                    server.count(&key),
                    server.suspend_session(&key),
                )
                .await;
                let (one, two) = (one?, two?);
                assert_eq!(one.abs_diff(two), 1, "each request is counted once");
                return Ok(Some((session, one.max(two))));
            }
            Act::Suspend(session) => drop(server.suspend_session(&key(session)).await?),
            Act::Resume(session) => drop(server.resume_session(&key(session)).await?),
            Act::Stop(session) => server.stop_session(&key(session), None).await?,
            Act::Checkpoint(session, number) => {
                drop(server.create_checkpoint(&key(session), label(number)).await?);
            }
            Act::Drop(session, number) => server.delete_checkpoint(&key(session), &label(number)).await?,
            Act::Fork(session, number, fork) => {
                drop(server.fork_session(&key(session), &label(number), key(fork).id).await?);
            }
            Act::Rewind(session, number) => drop(server.rewind_session(&key(session), &label(number)).await?),
            // Several threads lag behind a clock that jumps: pings would seem to take too long.
            Act::Rest if self.world.threads > 1 => {
                for session in 0..SESSIONS {
                    if server.live_sessions() > 0 && self.is_live(server, session).await {
                        server.suspend_session(&key(session)).await?;
                    }
                }
            }
            Act::Rest => {
                until("everything is suspended", async || {
                    calm().await;
                    self.world.clock.advance(QUIET);
                    (server.live_sessions() == 0).then_some(())
                })
                .await;
            }
            Act::Kill(session) => {
                let answer = server.answer(&key(session)).await?;
                let sandbox = SandboxId::parse(answer["sandbox"].as_str().unwrap()).unwrap();
                assert!(self.world.host.kill(&sandbox, "its process was killed"));
                server.end_of(&key(session)).await;
            }
            Act::FullDisk(session) => {
                self.world.host.fail_next(Step::Suspend, SimFailure::DiskFull);
                drop(server.suspend_session(&key(session)).await?);
            }
            Act::NoResume(session) => {
                self.world.host.fail_next(Step::Resume, SimFailure::EngineDies("signal 9".to_owned()));
                server.count(&key(session)).await?;
            }
            Act::Spoil(session) => {
                let row = self.world.session_row(&key(session)).await;
                let snapshot = row["suspended"]["snapshot"].as_str().unwrap();
                let snapshot = SnapshotName::parse(snapshot).unwrap();
                assert!(self.world.host.spoil_snapshot(&snapshot, "made with another version"));
                return Ok(Some((session, server.count(&key(session)).await?)));
            }
        }
        Ok(None)
    }

    async fn is_live(&self, server: &Server<'_>, session: usize) -> bool {
        matches!(self.look(server, session).await, Some(SessionState::Idle | SessionState::Active { .. }))
    }

    /// What must hold whenever nothing is under way.
    async fn check(&self, server: &Server<'_>) {
        let count = |meant: fn(&Session) -> bool| self.model.sessions.iter().filter(|it| meant(it)).count();
        let (live, asleep) = (count(Session::lives), count(Session::asleep));
        until("what is over is gone", async || (server.live_sessions() == live).then_some(())).await;
        assert_eq!(server.suspended_sessions(), asleep);
        let running: BTreeSet<String> = self.world.host.running().iter().map(ToString::to_string).collect();
        assert_eq!(running.len(), live, "no session is in two places");
        let billed: BTreeSet<String> = self.world.books.open().into_iter().collect();
        assert_eq!(billed, running, "whatever runs is billed, and nothing else");
        let named = self.world.named_snapshots().await;
        let there: BTreeSet<String> = self.world.host.snapshots().iter().map(ToString::to_string).collect();
        assert_eq!(there, named, "a snapshot for each record that names one");
        assert_eq!(named.len(), asleep + self.model.checkpoints.len());
        for (number, session) in self.model.sessions.iter().enumerate() {
            let found = self.look(server, number).await;
            assert!(fits(&found, session), "{number}: {found:?} instead of {session:?}");
        }
    }

    async fn look(&self, server: &Server<'_>, session: usize) -> Option<SessionState> {
        match server.runtime.session(&self.key(server, session)).await {
            Ok(view) => Some(view.state),
            Err(fault) => {
                assert_eq!(*fault.kind(), Kind::NotFound);
                None
            }
        }
    }

    /// One life of the server, from its start to an end of some kind.
    fn live(&mut self, interrupted: Option<Interrupted>) -> Option<Interrupted> {
        let acts = self.left.min(1 + self.below(40));
        self.left -= acts;
        let world = self.world;
        let mut left_over = None;
        let orderly = self.below(3) == 0;
        let interrupt = self.below(2) == 0;
        let story = async |server: &Server<'_>| {
            self.begin(server, interrupted).await;
            for _ in 0..acts {
                let act = self.act();
                self.play(server, act).await;
                self.check(server).await;
            }
            if !orderly && interrupt {
                left_over = Some(self.interrupt(server).await);
            }
        };
        if orderly {
            world.live(story);
        } else {
            world.live_until_killed(story);
        }
        world.books.killed();
        if orderly {
            self.model.end_in_order();
        }
        self.model.restart();
        left_over
    }

    async fn begin(&mut self, server: &Server<'_>, interrupted: Option<Interrupted>) {
        if self.agent.is_none() {
            server.upload("probe").await;
            self.agent = Some(server.create_from(living(LONG, LONG)).await.arn.runtime);
        }
        if let Some(interrupted) = interrupted {
            self.take_up(server, interrupted).await;
        }
        self.check(server).await;
    }
}

fn label(number: usize) -> CheckpointName {
    name(&format!("checkpoint-{number}"))
}

/// Whether the session is what the model says.
fn fits(state: &Option<SessionState>, session: &Session) -> bool {
    match session {
        Session::Never => state.is_none(),
        Session::Ended => matches!(state, Some(SessionState::Ended { .. })),
        Session::Live(_) => {
            matches!(state, Some(SessionState::Idle | SessionState::Active { .. }))
        }
        Session::Asleep(_) => matches!(state, Some(SessionState::Suspended { .. })),
    }
}

/// Tells a story, and says which one it was should it fail.
fn check(seed: u64, threads: usize) {
    let told = std::panic::catch_unwind(|| tell(seed, 500, threads));
    assert!(told.is_ok(), "the story of seed {seed} failed");
}

fn tell(seed: u64, acts: usize, threads: usize) {
    let mut world = World::drowsy();
    world.threads = threads;
    world.options.sandbox.wall_clock = Duration::from_secs(2 * LONG);
    let (rng, model) = (SeededRng::new(seed), Model::default());
    let mut story = Story { world: &world, rng, model, agent: None, left: acts };
    let mut interrupted = None;
    while story.left > 0 {
        interrupted = story.live(interrupted);
    }
}

#[test]
fn five_hundred_random_acts_lose_double_and_leak_no_session() {
    for seed in 0..8 {
        check(seed, 1);
    }
}

#[test]
fn nor_do_they_with_several_threads() {
    for seed in 100..102 {
        check(seed, 4);
    }
}
