//! Facts: from what is said to what is remembered.

use super::*;
use crate::world::Teacher;

#[test]
fn what_is_said_is_remembered() {
    let mut world = World::new();
    let teacher = Teacher::new(
        &world.clock,
        &format!("[[reply]]\n{FACTS}\nuser = 'I drink (?<what>\\w+)'\nsay = '[{{\"fact\": \"Ann drinks $what.\"}}]'"),
    );
    world.models = teacher.clone();
    world.live(async |server| {
        let memory = server.learning(vec![facts()]).await;
        let ann = session(&memory, "ann", "monday");
        server.says(&ann, "I drink tea.").await;
        calm().await;
        assert_eq!(server.told().await, Vec::<String>::new(), "the session may go on");
        server.pass(IDLE).await;
        let records = server.remembered().await;
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].text, "Ann drinks tea.");
        assert_eq!(records[0].namespace.as_ref().unwrap().as_str(), "/facts/ann");
        assert!(world.rows("memory-pending").await.is_empty());
        assert!(world.rows("memory-extraction-cursors").await.is_empty());
        let (request, whom) = teacher.last();
        assert_eq!(request.model, "default");
        assert_eq!(whom.user.as_deref(), Some("ann"));
        assert_eq!(whom.session.as_deref(), Some("monday"));
        assert_eq!(whom.agent, Some(server.arn(&ann.account, &memory).to_string()));
    });
}
