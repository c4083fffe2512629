use proptest::prelude::*;

use super::*;

fn run(origin: Origin, events: impl IntoIterator<Item = Event>) -> (Machine, Vec<Effect>) {
    let mut machine = Machine::new(origin);
    let effects = events.into_iter().flat_map(|event| machine.apply(event)).collect();
    (machine, effects)
}

fn gone() -> Event {
    Event::VmmGone { words: "words".to_owned() }
}

#[test]
fn a_template_is_booted_frozen_and_taken_down() {
    let (machine, effects) = run(
        Origin::Boot,
        [
            Event::Spawned,
            Event::Awake,
            Event::Ready,
            Event::FreezeAsked,
            Event::Quiet,
            Event::Saved,
            gone(),
            Event::Cleaned,
        ],
    );
    let expected = [
        Effect::Greet,
        Effect::AwaitReady,
        Effect::Announce,
        Effect::Quiesce,
        Effect::Save,
        Effect::Kill,
        Effect::Clean,
        Effect::Report(Ending::Stopped),
    ];
    assert_eq!(effects, expected);
    assert_eq!(machine.state(), &State::Ended { ending: Ending::Stopped });
}

#[test]
fn a_restored_machine_runs_as_soon_as_it_is_awake() {
    let (machine, effects) = run(Origin::Restore, [Event::Spawned, Event::Awake]);
    assert_eq!(effects, [Effect::Greet, Effect::Announce]);
    assert_eq!(machine.state(), &State::Running);
}

#[test]
fn a_vmm_that_dies_is_cleaned_up_without_a_kill() {
    let (_, effects) = run(Origin::Restore, [Event::Spawned, Event::Awake, gone(), Event::Cleaned]);
    let reason = "the virtual machine died: words".to_owned();
    assert_eq!(effects[2..], [Effect::Clean, Effect::Report(Ending::Failed { reason })]);
}

/// The events that lead a restored machine to the end of a snapshot's saving.
const SUSPENDING: [Event; 5] =
    [Event::Spawned, Event::Awake, Event::SuspendAsked, Event::Quiet, Event::Saved];

#[test]
fn a_suspended_machine_is_taken_down_once_its_snapshot_is_kept() {
    let (machine, effects) =
        run(Origin::Restore, SUSPENDING.into_iter().chain([Event::Kept, gone(), Event::Cleaned]));
    let expected = [
        Effect::Greet,
        Effect::Announce,
        Effect::Quiesce,
        Effect::Save,
        Effect::Keep,
        Effect::Kill,
        Effect::Clean,
        Effect::Report(Ending::Suspended),
    ];
    assert_eq!(effects, expected);
    assert_eq!(machine.state(), &State::Ended { ending: Ending::Suspended });
}

#[test]
fn a_machine_that_cannot_be_saved_or_kept_runs_on() {
    for saved in [SUSPENDING.len() - 1, SUSPENDING.len()] {
        let events = SUSPENDING.into_iter().take(saved).chain([Event::NotSaved, Event::Awake]);
        let (mut machine, effects) = run(Origin::Restore, events);
        assert_eq!(effects[effects.len() - 2..], [Effect::GoOn, Effect::Announce]);
        assert_eq!(machine.state(), &State::Running);
        assert_eq!(machine.apply(Event::SuspendAsked), [Effect::Quiesce]);
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Spawned),
        Just(Event::Awake),
        Just(Event::Ready),
        Just(Event::FreezeAsked),
        Just(Event::SuspendAsked),
        Just(Event::Quiet),
        Just(Event::Saved),
        Just(Event::NotSaved),
        Just(Event::Kept),
        Just(Event::StopAsked),
        Just(Event::Expired),
        Just(Event::ProgramExited { code: Some(1), signal: None }),
        Just(Event::Failed { reason: "reason".to_owned() }),
        Just(gone()),
        Just(Event::Cleaned),
    ]
}

/// What an outsider knows: what the machine is waiting for, whether there is a process, and what ended it.
#[derive(Default)]
struct Model {
    stage: Stage,
    process: bool,
    ending: Option<Ending>,
    reported: bool,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Stage {
    #[default]
    Process,
    Guest,
    Program,
    Orders,
    Quiet(Purpose),
    State(Purpose),
    Name,
    Return,
}

impl Model {
    /// The way of a life that nothing breaks off.
    fn advance(&mut self, origin: Origin, event: &Event) {
        let next = match (self.stage, event) {
            (Stage::Process, Event::Spawned) => {
                self.process = true;
                Stage::Guest
            }
            (Stage::Guest, Event::Awake) if origin == Origin::Boot => Stage::Program,
            (Stage::Guest | Stage::Return, Event::Awake) | (Stage::Program, Event::Ready) => Stage::Orders,
            (Stage::Orders, Event::FreezeAsked) => Stage::Quiet(Purpose::Template),
            (Stage::Orders, Event::SuspendAsked) => Stage::Quiet(Purpose::Snapshot),
            (Stage::Quiet(purpose), Event::Quiet) => Stage::State(purpose),
            (Stage::State(Purpose::Snapshot), Event::Saved) => Stage::Name,
            (Stage::State(Purpose::Snapshot) | Stage::Name, Event::NotSaved) => Stage::Return,
            (Stage::State(Purpose::Template), Event::Saved) => {
                self.ending = Some(Ending::Stopped);
                return;
            }
            (Stage::Name, Event::Kept) => {
                self.ending = Some(Ending::Suspended);
                return;
            }
            (stage, _) => stage,
        };
        self.stage = next;
    }

    fn see(&mut self, origin: Origin, event: &Event) {
        let died = matches!(event, Event::VmmGone { .. });
        if self.ending.is_none() {
            self.ending = match event {
                Event::StopAsked => Some(Ending::Stopped),
                Event::Expired => Some(Ending::TimedOut),
                Event::ProgramExited { code, signal } => {
                    Some(Ending::ProgramEnded { code: *code, signal: *signal })
                }
                Event::Failed { reason } => Some(Ending::Failed { reason: reason.clone() }),
                Event::VmmGone { words } => {
                    Some(Ending::Failed { reason: format!("the virtual machine died: {words}") })
                }
                _ => None,
            };
            self.advance(origin, event);
        } else if *event == Event::Cleaned && !self.process {
            self.reported = true;
        } else if *event == Event::Spawned && !self.reported {
            self.process = true;
        }
        self.process &= !died;
    }
}

proptest! {
    #[test]
    fn the_machine_agrees_with_its_model(
        restore in any::<bool>(),
        come_so_far in 0..=SUSPENDING.len(),
        events in proptest::collection::vec(any_event(), 0..40),
    ) {
        let origin = if restore { Origin::Restore } else { Origin::Boot };
        // Chance alone rarely comes as far as a snapshot.
        let events = SUSPENDING.into_iter().take(come_so_far).chain(events);
        let (mut machine, mut model) = (Machine::new(origin), Model::default());
        let mut reports = 0;
        for event in events {
            let before = model.process;
            model.see(origin, &event);
            for effect in machine.apply(event) {
                match effect {
                    Effect::Kill => prop_assert!(model.process),
                    Effect::Clean => prop_assert!(!model.process),
                    Effect::Report(ending) => {
                        reports += 1;
                        prop_assert!(!before);
                        prop_assert_eq!(Some(ending), model.ending.clone());
                    }
                    _ => prop_assert!(model.ending.is_none()),
                }
            }
            let ended = matches!(machine.state(), State::Ended { .. });
            prop_assert_eq!(ended, model.reported);
        }
        prop_assert_eq!(reports, u32::from(model.reported));
    }
}
