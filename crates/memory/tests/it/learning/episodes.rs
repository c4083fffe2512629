//! Episodes and what they teach.

use memory::model::Reflection;

use super::*;

pub(super) fn episodes() -> Strategy {
    let namespace = Template::parse("/jobs/{memoryStrategyId}").unwrap();
    let reflection = Reflection { changed: None, namespace, schema: Vec::new() };
    let kind = StrategyKind::Episodic { steps: Steps::default(), reflection };
    strategy("work", kind, "/jobs/{memoryStrategyId}/{actorId}/{sessionId}")
}

pub(super) fn turn(ends: &str) -> String {
    format!(
        "<summary><summary_turn><turn_id>$id</turn_id><situation>s</situation><intent>fly</intent>\
         <action>a</action><thought>t</thought><assessment_assistant>Yes</assessment_assistant>\
         <assessment_user>{ends}</assessment_user></summary_turn></summary>"
    )
}

pub(super) fn script() -> String {
    let current = "<current_turns>.*<turn_id>(?<id>\\d+)</turn_id>.*";
    let episode = "<summary><situation>s</situation><intent>fly to $where</intent><assessment>Yes</assessment>\
                   <justification>j</justification><reflection>r</reflection></summary>";
    let update = "<reflections><reflection><operator>update</operator><id>$id</id><title>Flights</title>\
                  <use_cases>flights</use_cases><hints>Compare two.</hints><confidence>0.5</confidence>\
                  </reflection></reflections>";
    let add = "<reflections><reflection><operator>add</operator><id></id><title>Flights</title>\
               <use_cases>to fly</use_cases><hints>Compare.</hints><confidence>0.1</confidence>\
               </reflection></reflections>";
    [
        reply(TURNS, &format!("{current}Thanks"), &turn("Yes, they thanked")),
        reply(TURNS, current, &turn("No")),
        reply(EPISODE, "<intent>fly</intent>", &episode.replace("$where", "Rome")),
        reply(REFLECTIONS, "<existing_reflections>.*<id>(?<id>mem-\\w+)</id>", update),
        reply(REFLECTIONS, "fly to Rome", add),
    ]
    .concat()
}

#[test]
fn an_episode_waits_for_its_end_and_teaches() {
    let (world, teacher) = taught(&script());
    let memory = world.live(async |server| {
        let memory = server.learning(vec![episodes()]).await;
        let ann = session(&memory, "ann", "monday");
        server.says(&ann, "A flight to Rome.").await;
        server.tells(&ann, said(&ann, Role::Assistant, "Which day?")).await;
        server.pass(IDLE).await;
        assert_eq!(server.told().await, Vec::<String>::new(), "it is not over");
        server.at_rest().await;
        assert_eq!(world.rows("memory-open-episodes").await.len(), 1);
        memory
    });
    world.live(async |server| {
        let ann = session(&memory, "ann", "monday");
        teacher.asked();
        server.says(&ann, "Thanks, booked.").await;
        server.pass(IDLE).await;
        let asked = teacher.asked();
        assert!(asked[0].1.contains("<previous_turns>\n<summary_turn>\n<turn_id>1</turn_id>"));
        assert!(asked[0].1.contains("<turn_id>2</turn_id>"), "turns go on counting");
        let records = server.remembered().await;
        let [reflection, episode] = records.as_slice() else { panic!("{records:?}") };
        assert!(episode.text.contains("<intent>fly to Rome</intent>"), "{}", episode.text);
        assert_eq!(episode.namespace.as_ref().unwrap().as_str(), "/jobs/work-0123456789/ann/monday");
        assert!(reflection.text.contains("<hints>Compare.</hints>"), "{}", reflection.text);
        assert_eq!(reflection.namespace.as_ref().unwrap().as_str(), "/jobs/work-0123456789");
        assert_eq!(world.rows("memory-open-episodes").await, []);
        server.at_rest().await;

        // Another actor's episode, in another session, teaches more about the same.
        let bo = session(&memory, "bo", "tuesday");
        server.says(&bo, "A flight to Rome. Thanks, booked.").await;
        server.pass(IDLE).await;
        let records = server.remembered().await;
        assert_eq!(records.len(), 3);
        assert!(records[0].text.contains("Compare two."), "{}", records[0].text);
        let asked = teacher.asked();
        let (_, shown) = asked.last().unwrap();
        assert!(shown.contains("<relevant_episodes>\n<record>"), "{shown}");
    });
}
