//! Any story of creating, updating, deleting, invoking, stopping and restarting, against a model of a few lines.

use std::collections::{BTreeMap, BTreeSet};

use fault::Kind;
use ids::AgentRuntimeId;
use proptest::prelude::*;
use sandbox::TemplateName;

use crate::world::{Server, World, account, kind, spec, until};

const NAMES: [&str; 2] = ["first", "second"];
const GOOD: &str = "probe";
const BAD: &str = "crash";

#[derive(Clone, Debug)]
enum Act {
    Create { name: usize, good: bool },
    Update { name: usize, good: bool },
    Delete { name: usize },
    Invoke { name: usize, session: usize },
    Crash { name: usize, session: usize },
    Stop { name: usize, session: usize },
    Spoil { name: usize },
}

/// What ends a life of the server.
#[derive(Clone, Copy, Debug)]
enum End {
    Orderly,
    Killed,
}

#[derive(Default)]
struct Model {
    agents: BTreeMap<usize, Agent>,
}

struct Agent {
    id: AgentRuntimeId,
    latest: u64,
    /// Which version sessions start with.
    live: Option<u64>,
    good: BTreeSet<u64>,
    /// Every session that ever was, and what lives of it.
    sessions: BTreeMap<usize, Option<Session>>,
}

#[derive(Clone, Copy)]
struct Session {
    version: u64,
    count: u64,
}

impl Model {
    fn restart(&mut self) {
        for agent in self.agents.values_mut() {
            agent.sessions.values_mut().for_each(|session| *session = None);
        }
    }

    fn templates(&self) -> Vec<String> {
        let of = |agent: &Agent| -> Vec<_> {
            agent.good.iter().map(|number| format!("{}.{number}", agent.id)).collect()
        };
        let mut names: Vec<_> = self.agents.values().flat_map(of).collect();
        names.sort();
        names
    }

    fn living(&self) -> usize {
        self.agents.values().flat_map(|agent| agent.sessions.values()).flatten().count()
    }

    async fn act(&mut self, world: &World, server: &Server<'_>, act: &Act) {
        match *act {
            Act::Create { name, good } => self.create(server, name, good).await,
            Act::Update { name, good } => self.update(server, name, good).await,
            Act::Delete { name } => {
                if let Some(agent) = self.agents.remove(&name) {
                    server.delete(&agent.id).await;
                    assert_eq!(kind(server.get(&agent.id).await), Kind::NotFound);
                }
            }
            Act::Invoke { name, session } => self.invoke(server, name, session).await,
            Act::Crash { name, session } => self.crash(server, name, session).await,
            Act::Stop { name, session } => self.stop(server, name, session).await,
            Act::Spoil { name } => {
                let Some(agent) = self.agents.get(&name) else { return };
                for number in &agent.good {
                    let template = TemplateName::parse(&format!("{}.{number}", agent.id)).unwrap();
                    // One that was spoilt before a restart is gone by now, and not needed again so far.
                    world.host.spoil_template(&template, "made by another version");
                }
            }
        }
    }

    async fn create(&mut self, server: &Server<'_>, name: usize, good: bool) {
        let program = if good { GOOD } else { BAD };
        let created = server.try_create(NAMES[name], spec(program)).await;
        if self.agents.contains_key(&name) {
            assert_eq!(kind(created), Kind::Conflict);
            return;
        }
        let id = created.unwrap().id;
        let built = server.settled(&id).await;
        assert_eq!(built.status.as_str(), if good { "READY" } else { "CREATE_FAILED" });
        let (live, good) = if good { (Some(1), [1].into()) } else { (None, BTreeSet::new()) };
        self.agents.insert(name, Agent { id, latest: 1, live, good, sessions: BTreeMap::new() });
    }

    async fn update(&mut self, server: &Server<'_>, name: usize, good: bool) {
        let Some(agent) = self.agents.get_mut(&name) else { return };
        let built = server.update(&agent.id, if good { GOOD } else { BAD }).await;
        agent.latest += 1;
        assert_eq!(built.version.to_string(), agent.latest.to_string());
        assert_eq!(built.status.as_str(), if good { "READY" } else { "UPDATE_FAILED" });
        if good {
            agent.live = Some(agent.latest);
            agent.good.insert(agent.latest);
        }
    }

    async fn invoke(&mut self, server: &Server<'_>, name: usize, number: usize) {
        let Some(agent) = self.agents.get_mut(&name) else { return };
        let key = server.session_of(&agent.id, number);
        let answer = server.answer(&key).await;
        let lives = agent.sessions.get(&number).copied().flatten();
        let Some(version) = lives.map(|session| session.version).or(agent.live) else {
            assert_eq!(kind(answer), Kind::RuntimeClient);
            return;
        };
        let count = lives.map_or(0, |session| session.count) + 1;
        let answer = answer.unwrap();
        assert_eq!(answer["count"], count);
        assert_eq!(answer["template"], format!("{}.{version}", agent.id));
        agent.sessions.insert(number, Some(Session { version, count }));
    }

    async fn crash(&mut self, server: &Server<'_>, name: usize, number: usize) {
        let Some(agent) = self.agents.get_mut(&name) else { return };
        let refused = server.refusal(&server.session_of(&agent.id, number), "exit").await;
        assert_eq!(*refused.kind(), Kind::RuntimeClient);
        if agent.live.is_some() || agent.sessions.get(&number).is_some_and(Option::is_some) {
            agent.sessions.insert(number, None);
        }
    }

    async fn stop(&mut self, server: &Server<'_>, name: usize, number: usize) {
        let Some(agent) = self.agents.get_mut(&name) else { return };
        let stopped = server.stop_session(&server.session_of(&agent.id, number), None).await;
        match agent.sessions.get_mut(&number) {
            Some(session) => {
                stopped.unwrap();
                *session = None;
            }
            None => assert_eq!(kind(stopped), Kind::NotFound),
        }
    }

    /// What must hold whenever nothing is under way.
    async fn check(&self, world: &World, server: &Server<'_>) {
        until("what has ended is gone", async || (server.live_sessions() == self.living()).then_some(()))
            .await;
        assert_eq!(world.host.running().len(), self.living());
        let (known, there) = (self.templates(), world.templates());
        assert!(there.iter().all(|template| known.contains(template)), "{there:?} beyond {known:?}");
        let listed = server.list_agents(&account(), None, 100).await.unwrap();
        let names: Vec<_> = listed.iter().map(|agent| agent.name.to_string()).collect();
        let expected: Vec<_> = self.agents.keys().map(|name| NAMES[*name].to_owned()).collect();
        assert_eq!(names, expected);
    }

    async fn delete_everything(&mut self, world: &World, server: &Server<'_>) {
        for agent in std::mem::take(&mut self.agents).into_values() {
            server.delete(&agent.id).await;
        }
        until("the layers are gone", async || world.host.layers().is_empty().then_some(())).await;
        world.assert_empty().await;
    }
}

fn play(lives: &[(Vec<Act>, End)]) {
    let world = World::new();
    let mut model = Model::default();
    for (acts, end) in lives {
        let life = async |server: &Server<'_>| {
            server.upload(GOOD).await;
            server.upload(BAD).await;
            model.check(&world, server).await;
            for act in acts {
                model.act(&world, server, act).await;
                model.check(&world, server).await;
            }
        };
        match end {
            End::Orderly => world.live(life),
            End::Killed => world.live_until_killed(life),
        }
        model.restart();
    }
    world.live(async |server| model.delete_everything(&world, server).await);
}

fn lives() -> impl Strategy<Value = Vec<(Vec<Act>, End)>> {
    let name = || 0..NAMES.len();
    let session = || 0..3_usize;
    let act = prop_oneof![
        3 => (name(), prop::bool::weighted(0.8)).prop_map(|(name, good)| Act::Create { name, good }),
        2 => (name(), prop::bool::weighted(0.7)).prop_map(|(name, good)| Act::Update { name, good }),
        1 => name().prop_map(|name| Act::Delete { name }),
        6 => (name(), session()).prop_map(|(name, session)| Act::Invoke { name, session }),
        1 => (name(), session()).prop_map(|(name, session)| Act::Crash { name, session }),
        2 => (name(), session()).prop_map(|(name, session)| Act::Stop { name, session }),
        1 => name().prop_map(|name| Act::Spoil { name }),
    ];
    let end = prop_oneof![Just(End::Orderly), Just(End::Killed)];
    prop::collection::vec((prop::collection::vec(act, 1..15), end), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn any_story(lives in lives()) {
        play(&lives);
    }
}
