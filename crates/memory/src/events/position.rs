//! Where an event stands in its session, which is what its id says.

use ids::EventId;
use stdx::Timestamp;

use super::arrival::Arrival;

/// An event's place among those of its session: by its writer's time, then by its arrival. Greater is newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Position {
    millis: u64,
    pub(crate) arrival: Arrival,
}

impl Position {
    /// The place of an event of this time. There is none before 1970: an id has no room for a sign.
    pub(crate) fn new(timestamp: Timestamp, arrival: Arrival) -> Option<Self> {
        Some(Self { millis: u64::try_from(timestamp.as_millis()).ok()?, arrival })
    }

    /// What an id says. An id that none of ours can be says nothing.
    pub(crate) fn of_id(id: &EventId) -> Option<Self> {
        let (millis, arrival) = id.as_str().split_once('#')?;
        Some(Self { millis: millis.parse().ok()?, arrival: Arrival::from_hex(arrival)? })
    }

    /// The event's id: digits that sort as time does, then its arrival.
    pub(crate) fn id(self) -> EventId {
        let text = format!("{:019}#{}", self.millis, self.arrival.hex());
        EventId::parse(&text).expect("digits, a number sign and hexadecimal digits")
    }

    pub(crate) fn timestamp(self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.millis).unwrap_or(i64::MAX))
    }

    /// A key's segment. The newest comes first.
    pub(crate) fn segment(self) -> String {
        format!("{:016x}{:016x}", !self.millis, !self.arrival.number())
    }

    /// What a segment says.
    pub(crate) fn of_segment(segment: &str) -> Option<Self> {
        let (millis, arrival) = segment.split_at_checked(16)?;
        let number = |hex| u64::from_str_radix(hex, 16).ok();
        Some(Self { millis: !number(millis)?, arrival: Arrival::from_number(!number(arrival)?) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn position(millis: i64, arrival: u64) -> Position {
        Position::new(Timestamp::from_millis(millis), Arrival::from_number(arrival)).unwrap()
    }

    proptest! {
        #[test]
        fn ids_and_segments_say_where_an_event_stands(millis in 0..i64::MAX, arrival: u64) {
            let position = position(millis, arrival);
            prop_assert_eq!(Position::of_id(&position.id()), Some(position));
            prop_assert_eq!(Position::of_segment(&position.segment()), Some(position));
            prop_assert_eq!(position.timestamp(), Timestamp::from_millis(millis));
        }

        #[test]
        fn ids_sort_as_events_do_and_segments_the_other_way(
            one in (0..i64::MAX, any::<u64>()),
            other in (0..i64::MAX, any::<u64>()),
        ) {
            let (one, other) = (position(one.0, one.1), position(other.0, other.1));
            prop_assert_eq!(one.cmp(&other), one.id().cmp(&other.id()));
            prop_assert_eq!(one.cmp(&other), other.segment().cmp(&one.segment()));
        }
    }

    #[test]
    fn what_is_no_id_of_ours_says_nothing() {
        for text in ["1#0af3", "99999999999999999999#0000000000000001", "1#00000000000000001"] {
            assert_eq!(Position::of_id(&EventId::parse(text).unwrap()), None, "{text}");
        }
        assert_eq!(Position::new(Timestamp::from_millis(-1), Arrival::from_number(1)), None);
        for text in ["", "0", "zz", "0123456789abcdefé"] {
            assert_eq!(Position::of_segment(text), None, "{text}");
        }
    }
}
