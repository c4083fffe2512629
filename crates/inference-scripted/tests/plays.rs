//! What a script says to whom.

use std::sync::Arc;

use futures_util::StreamExt as _;
use inference::message::{ToolOutput, ToolResult};
use inference::{Answer, Content, ErrorKind, Message, Provider as _, Request, Role, StopReason};
use inference_scripted::Scripted;
use proptest::prelude::*;
use serde_json::json;
use stdx::SystemClock;

const WEATHER: &str = r"
    [[reply]]
    user = 'weather in (?<city>\w+)'
    think = 'Which city? $city.'
    say = 'Let me look.'
    call = [{ tool = 'weather', input = { city = '$city', days = [1] } }]

    [[reply]]
    tool-result = '(-?\d+)'
    say = ['It is ', '$1', ' degrees; that is $$0.']

    [[reply]]
    model = 'small'
    user = 'once'
    times = 1
    say = 'Only once.'

    [[reply]]
    user = 'break'
    say = ['so ', 'far']
    fail = 'unavailable'

    [[reply]]
    user = 'refuse'
    fail = 'throttled'
    message = 'Not now.'
";

fn scripted(text: &str) -> Scripted {
    Scripted::parse(text, Arc::new(SystemClock)).expect("the script is one")
}

fn request(text: &str) -> Request {
    Request {
        model: "small".to_owned(),
        messages: vec![Message::text(Role::User, text)],
        ..Request::default()
    }
}

async fn answer(scripted: &Scripted, request: &Request) -> Answer {
    let events = scripted.converse(request).await.expect("a reply fits");
    Answer::collect(events).await.expect("the reply is whole")
}

#[tokio::test]
async fn a_tool_is_called_and_its_result_is_told() {
    let scripted = scripted(WEATHER);
    let mut request = request("What is the weather in Ulm?");
    let wish = answer(&scripted, &request).await;
    assert_eq!(wish.stop, StopReason::ToolUse);
    let [Content::Reasoning(_), Content::Text(text), Content::ToolUse(tool)] = &wish.message.content[..]
    else {
        panic!("{wish:?}")
    };
    assert_eq!((text.as_str(), &tool.input), ("Let me look.", &json!({"city": "Ulm", "days": [1]})));
    let output = vec![ToolOutput::Json(json!({"degrees": -4}))];
    let result = ToolResult { id: tool.id.clone(), content: output, failed: false };
    request.messages.push(wish.message);
    request.messages.push(Message { role: Role::User, content: vec![Content::ToolResult(result)] });
    let told = answer(&scripted, &request).await;
    assert_eq!(told.message.plain_text(), "It is -4 degrees; that is $0.");
    assert_eq!((told.stop, told.usage.output_tokens), (StopReason::EndTurn, 7));
}

#[tokio::test]
async fn a_reply_is_played_as_often_as_it_may_be() {
    let scripted = scripted(WEATHER);
    let request = request("once");
    assert_eq!(answer(&scripted, &request).await.message.plain_text(), "Only once.");
    let error = scripted.converse(&request).await.err().unwrap();
    assert_eq!(error.kind(), &ErrorKind::Invalid);
    assert!(error.to_string().contains("no reply"), "{error}");
}

#[tokio::test]
async fn an_answer_may_fail_at_once_or_on_the_way() {
    let scripted = scripted(WEATHER);
    let error = scripted.converse(&request("refuse")).await.err().unwrap();
    assert_eq!((error.kind(), error.message()), (&ErrorKind::Throttled { retry_after: None }, "Not now."));
    let events: Vec<_> = scripted.converse(&request("break")).await.unwrap().collect().await;
    let errors = events.iter().filter(|event| event.is_err()).count();
    assert_eq!((events.len(), errors), (6, 1), "{events:?}");
    assert!(events.last().unwrap().is_err());
}

#[test]
fn what_is_wrong_with_a_script_is_named() {
    let wrong = |text: &str| Scripted::parse(text, Arc::new(SystemClock)).err().unwrap();
    assert!(wrong("").contains("no [[reply]]"));
    assert!(wrong("[[reply]]\nuser = 'a'").contains("reply 1: it says nothing"));
    assert!(wrong("[[reply]]\nsay = 'a'\n[[reply]]\nuser = '('\nsay = 'a'").contains("reply 2: `user`"));
    assert!(wrong("[[reply]]\nsay = 'costs $5'").contains("write $$ for a dollar"));
    assert!(wrong("[[reply]]\nsays = 'a'").contains("says"));
}

proptest! {
    #[test]
    fn no_text_brings_the_reader_down(text in ".{0,200}") {
        let _ = Scripted::parse(&text, Arc::new(SystemClock));
    }

    #[test]
    fn what_the_user_says_is_said_back_unchanged(said in "[^\n]{1,40}") {
        let scripted = scripted("[[reply]]\nuser = '(.*)'\nsay = '$1'");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(answer(&scripted, &request(&said)));
        prop_assert_eq!(answer.message.plain_text(), said);
    }
}
