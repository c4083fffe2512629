use super::*;

const NOW: Duration = Duration::from_secs(100);

fn name(text: &str) -> TemplateName {
    TemplateName::parse(text).unwrap()
}

fn after(millis: u64) -> Duration {
    NOW + Duration::from_millis(millis)
}

/// Lets the template count as used, as often as it takes to be worth that many.
async fn worth(spares: &Spares<u32>, template: &TemplateName, machines: usize) {
    while spares.state().demand.of(template) < machines {
        assert_eq!(spares.take(template, NOW).await, None);
    }
}

fn ready(vacancy: &Vacancy<u32>) {
    vacancy.progress().begin(NOW);
    vacancy.progress().finish(after(1000));
}

#[tokio::test]
async fn a_spare_is_handed_out_once() {
    let spares = Arc::new(Spares::<u32>::new(1));
    assert!(spares.vacancy(&name("one")).is_none(), "nobody uses it");
    worth(&spares, &name("one"), 1).await;
    let mut vacancy = spares.vacancy(&name("one")).unwrap();
    assert!(spares.vacancy(&name("one")).is_none(), "it has a keeper");
    worth(&spares, &name("two"), 1).await;
    assert!(spares.vacancy(&name("two")).is_none(), "one is enough");
    assert_eq!(spares.take(&name("one"), NOW).await, None, "it is not even begun");
    ready(&vacancy);
    let taking = tokio::spawn({
        let spares = Arc::clone(&spares);
        async move { spares.take(&name("one"), NOW).await }
    });
    vacancy.wanted().await.unwrap().send(7).unwrap();
    assert_eq!(taking.await.unwrap(), Some(7));
    assert_eq!(spares.take(&name("one"), NOW).await, None);
    assert!(spares.vacancy(&name("two")).is_some());
}

#[tokio::test]
async fn a_crowd_gets_as_many_keepers_as_there_may_be_but_leaves_one_to_others() {
    let spares = Spares::<u32>::new(4);
    worth(&spares, &name("one"), 4).await;
    let mut kept: Vec<_> = (0..4).map(|_| spares.vacancy(&name("one")).unwrap()).collect();
    assert!(spares.vacancy(&name("one")).is_none());
    worth(&spares, &name("two"), 2).await;
    let other = spares.vacancy(&name("two")).unwrap();
    assert!(spares.vacancy(&name("two")).is_none(), "it has its first");
    kept[3].unwanted().await;
    assert_eq!(spares.state().keepers[&name("one")].len(), 3);
    drop(other);
}

#[tokio::test]
async fn one_that_is_more_than_half_made_is_waited_for() {
    let spares = Arc::new(Spares::<u32>::new(2));
    worth(&spares, &name("one"), 2).await;
    // The first one tells how long it takes: a second.
    ready(&spares.vacancy(&name("one")).unwrap());
    worth(&spares, &name("one"), 2).await;
    let mut vacancy = spares.vacancy(&name("one")).unwrap();
    vacancy.progress().begin(NOW);
    assert_eq!(spares.take(&name("one"), after(400)).await, None);
    let taking = tokio::spawn({
        let spares = Arc::clone(&spares);
        async move { spares.take(&name("one"), after(600)).await }
    });
    tokio::select! {
        () = vacancy.unwanted() => panic!("somebody waits for it"),
        () = async { while vacancy_is_there(&spares) { tokio::task::yield_now().await } } => {}
    }
    vacancy.progress().finish(after(1000));
    vacancy.wanted().await.unwrap().send(7).unwrap();
    assert_eq!(taking.await.unwrap(), Some(7));
}

fn vacancy_is_there(spares: &Spares<u32>) -> bool {
    spares.state().keepers.values().any(|keepers| !keepers.is_empty())
}

#[tokio::test]
async fn keepers_learn_that_nobody_will_come() {
    let spares = Spares::<u32>::new(2);
    worth(&spares, &name("one"), 1).await;
    worth(&spares, &name("two"), 1).await;
    let mut discarded = spares.vacancy(&name("one")).unwrap();
    let mut dropped = spares.vacancy(&name("two")).unwrap();
    spares.discard(&name("one"));
    discarded.unwanted().await;
    drop(spares);
    assert!(dropped.wanted().await.is_none());
}

#[tokio::test]
async fn a_keeper_that_gave_up_makes_room_and_is_not_replaced_unasked() {
    let spares = Spares::<u32>::new(1);
    worth(&spares, &name("one"), 1).await;
    drop(spares.vacancy(&name("one")).unwrap());
    assert!(spares.vacancy(&name("one")).is_none());
    worth(&spares, &name("two"), 1).await;
    assert!(spares.vacancy(&name("two")).is_some());
}
