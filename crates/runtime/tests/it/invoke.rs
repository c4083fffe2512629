//! A request on its way in and its answer on its way out.

use std::time::Duration;

use fault::Kind;
use serde_json::Value;

use crate::world::{World, calm, text, until};

#[test]
fn what_reaches_the_agent_and_what_comes_back() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let session = server.session_of(&id, 1);
        let sent = [
            ("Content-Type", "application/json"),
            ("X-Tenant", "acme"),
            ("X-Other", "no"),
            ("Authorization", "Bearer secret"),
            ("Cookie", "a=b"),
            ("X-Amz-Date", "20260101T000000Z"),
            ("X-Amzn-Bedrock-AgentCore-Runtime-Custom-Color", "red"),
            ("X-Amzn-Bedrock-AgentCore-Runtime-Session-Id", "forged"),
            ("X-Amzn-Bedrock-AgentCore-Runtime-User-Id", "forged"),
            ("baggage", "k=v"),
        ];
        let reply = server.invoke_with(&session, "{}", &sent).await.unwrap();
        assert_eq!((reply.status, reply.header("X-From-Agent")), (200, Some("yes")));
        assert_eq!(reply.session, session.id);
        let answer: Value = serde_json::from_str(&text(reply).await).unwrap();
        assert_eq!((&answer["method"], &answer["target"]), (&"POST".into(), &"/invocations".into()));
        let mut fields: Vec<(String, String)> = serde_json::from_value(answer["headers"].clone()).unwrap();
        fields.sort();
        let trace = fields.iter().position(|(name, _)| name == "traceparent").unwrap();
        assert_eq!(fields.remove(trace).1.len(), 55, "a trace begins here if none came");
        let expected = [
            ("baggage", "k=v"),
            ("content-type", "application/json"),
            ("x-amzn-bedrock-agentcore-runtime-custom-color", "red"),
            ("x-amzn-bedrock-agentcore-runtime-request-id", "request-1"),
            ("x-amzn-bedrock-agentcore-runtime-session-id", session.id.as_str()),
            ("x-amzn-bedrock-agentcore-runtime-user-id", "user-1"),
            ("x-tenant", "acme"),
        ];
        assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    });
}

#[test]
fn events_come_one_by_one() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("sse").await;
        let mut reply = server.say(&server.session_of(&id, 1), "{}").await.unwrap();
        assert_eq!(reply.header("content-type"), Some("text/event-stream"));
        for part in 1..=3 {
            let event = reply.body.next().await.unwrap().unwrap();
            assert_eq!(event, format!("data: {{\"part\":{part}}}\n\n"));
        }
        assert!(reply.body.next().await.is_none());
    });
}

#[test]
fn a_stream_keeps_its_session_awake_until_its_client_leaves() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let session = server.session_of(&id, 1);
        let mut reply = server.say(&session, "stream").await.unwrap();
        assert_eq!(reply.body.next().await.unwrap().unwrap(), "data: 1\n\n");
        world.clock.advance(Duration::from_secs(2_000));
        assert_eq!(server.count(&session).await.unwrap(), 2, "longer than any idle time, the same session");
        assert_eq!(world.probe.open_streams(), 1);
        drop(reply);
        assert_eq!(world.probe.open_streams(), 0, "the agent knows at once");
        calm().await;
        let slept = world.probe.pings();
        world.clock.advance(Duration::from_secs(20));
        until("an idle session is pinged", async || (world.probe.pings() > slept).then_some(())).await;
        assert_eq!(server.count(&session).await.unwrap(), 3);
    });
}

#[test]
fn a_stream_has_its_longest_time() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let mut reply = server.say(&server.session_of(&id, 1), "stream").await.unwrap();
        reply.body.next().await.unwrap().unwrap();
        world.clock.advance(Duration::from_secs(3_600));
        let error = reply.body.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
        assert!(reply.body.next().await.is_none());
        assert_eq!(world.probe.open_streams(), 0);
    });
}

#[test]
fn an_agent_that_refuses_is_quoted() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let session = server.session_of(&id, 1);
        let refused = server.refusal(&session, "refuse").await;
        assert_eq!(*refused.kind(), Kind::RuntimeClient);
        let message = refused.message();
        assert!(
            message.contains("Received error (503) from runtime. It answered: no model today"),
            "{message}"
        );
        assert!(message.contains("upstream said no"), "{message}");
        assert_eq!(server.count(&session).await.unwrap(), 2, "the session goes on");
    });
}

#[test]
fn an_agent_that_never_answers_has_its_time() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let session = server.session_of(&id, 1);
        server.count(&session).await.unwrap();
        calm().await;
        let asleep = world.clock.sleepers();
        let slow = async {
            // The limit on the answer is the one more that sleeps.
            until("the agent is waited for", async || (world.clock.sleepers() > asleep).then_some(())).await;
            world.clock.advance(Duration::from_secs(15 * 60));
        };
        let (refused, ()) = futures_util::future::join(server.refusal(&session, "hang"), slow).await;
        assert_eq!(*refused.kind(), Kind::RuntimeClient);
        assert_eq!(refused.message(), "The agent did not answer within 900 s.");
    });
}
