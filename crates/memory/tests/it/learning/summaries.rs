//! Summaries of sessions.

use memory::model::Origin;

use super::*;

fn summaries() -> Strategy {
    strategy("sums", StrategyKind::Summary(Steps::default()), "/sums/{actorId}/{sessionId}")
}

fn summary(user: &str, global: &str, topics: &str) -> String {
    let say = format!(
        "<summary><global_summary>{global}</global_summary>\
         <delta_detailed_summary>{topics}</delta_detailed_summary></summary>"
    );
    reply(SUMMARY, user, &say)
}

#[test]
fn a_session_has_one_summary_that_grows() {
    let script = [
        summary("shoes", "Bought shoes.", "<topic name=\"Shoes\">Bought a pair</topic>"),
        summary("hat.*", "And a hat.", "<topic name=\"Shoes\">Blue</topic><topic name=\"Hat\">One</topic>"),
        summary("bye", "And a hat.", ""),
    ]
    .concat();
    let script = script.replace("(?s)", "(?s)<current_conversation>.*");
    let (world, teacher) = taught(&script);
    world.live(async |server| {
        let memory = server.learning(vec![summaries()]).await;
        let ann = session(&memory, "ann", "monday");
        server.says(&ann, "Some shoes, please.").await;
        server.pass(IDLE).await;
        assert_eq!(server.told().await, ["<topic name=\"Shoes\">Bought a pair</topic>"]);
        let old = server.remembered().await.remove(0);
        server.says(&ann, "And a hat.").await;
        server.pass(IDLE).await;
        let records = server.remembered().await;
        let [record] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!(
            record.text,
            "<topic name=\"Shoes\">Bought a pair\nBlue</topic>\n<topic name=\"Hat\">One</topic>"
        );
        assert_eq!(record.namespace.as_ref().unwrap().as_str(), "/sums/ann/monday");
        let Origin::Extracted { supersedes, events, .. } = &record.origin else { panic!() };
        assert_eq!((supersedes.as_slice(), events.len()), ([old.id].as_slice(), 2));
        let asked = teacher.asked();
        assert!(asked[1].1.contains("<previous_summary>\nBought shoes.\n</previous_summary>"));
        assert!(asked[1].1.contains("<previous_topics>\nShoes\n</previous_topics>"));
        server.says(&ann, "Good bye").await;
        server.pass(IDLE).await;
        assert_eq!(server.remembered().await, records, "nothing new is nothing to write");
    });
}

#[test]
fn a_summary_that_somebody_deleted_begins_anew() {
    let (world, _) = taught(
        &summary("(?<what>\\w+) please", "g", "<topic name=\"T\">$what</topic>")
            .replace("(?s)", "(?s)<current_conversation>.*>"),
    );
    world.live(async |server| {
        let memory = server.learning(vec![summaries()]).await;
        let ann = session(&memory, "ann", "monday");
        server.says(&ann, "shoes please").await;
        server.pass(IDLE).await;
        let record = server.remembered().await.remove(0);
        server.world.drop_record(&record).await;
        server.says(&ann, "hats please").await;
        server.pass(IDLE).await;
        assert_eq!(server.told().await, ["<topic name=\"T\">hats</topic>"]);
    });
}
