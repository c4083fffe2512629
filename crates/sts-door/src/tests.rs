use authn::{AuthError, Principal};
use expect_test::{Expect, expect};

use crate::{Answer, answer, refusal};

fn ask(form: &str) -> Answer {
    answer(form, &Principal::root("000000000000", "AKIDEXAMPLE"), "request-1")
}

fn check(answer: &Answer, status: u16, body: &Expect) {
    assert_eq!((answer.status, answer.content_type), (status, "text/xml"));
    body.assert_eq(&answer.body);
}

#[test]
fn the_caller_learns_who_it_is() {
    let expected = expect![[r#"
        <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <GetCallerIdentityResult>
            <Arn>arn:aws:iam::000000000000:root</Arn>
            <UserId>000000000000</UserId>
            <Account>000000000000</Account>
          </GetCallerIdentityResult>
          <ResponseMetadata>
            <RequestId>request-1</RequestId>
          </ResponseMetadata>
        </GetCallerIdentityResponse>
    "#]];
    check(&ask("Action=GetCallerIdentity&Version=2011-06-15"), 200, &expected);
    // The query of a presigned GET, with the signature's own parameters in it.
    check(&ask("X-Amz-Expires=60&Version=2011-06-15&Action=GetCallerIdentity"), 200, &expected);
}

#[test]
fn an_unknown_action_is_named_and_escaped() {
    let expected = expect![[r#"
        <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <Error>
            <Type>Sender</Type>
            <Code>InvalidAction</Code>
            <Message>Could not find operation &lt;b&gt;�&amp; for version 2011-06-15</Message>
          </Error>
          <RequestId>request-1</RequestId>
        </ErrorResponse>
    "#]];
    check(&ask("Action=%3Cb%3E%00%26&Version=2011-06-15"), 400, &expected);
}

#[test]
fn other_answers_have_their_code() {
    let cases = [
        ("", 400, "MissingAction"),
        ("Action=GetCallerIdentity&Version=2010-01-01", 400, "InvalidAction"),
        ("Action=GetCallerIdentity", 400, "InvalidAction"),
        ("Action=AssumeRole&Version=2011-06-15", 501, "NotImplementedException"),
    ];
    for (form, status, code) in cases {
        let answer = ask(form);
        assert_eq!(answer.status, status, "{form}");
        assert!(answer.body.contains(&format!("<Code>{code}</Code>")), "{form}");
    }
}

#[test]
fn a_stranger_is_refused_in_the_words_of_sts() {
    let answer = refusal(&AuthError::UnrecognizedClient, "request-1");
    assert_eq!(answer.status, 403);
    assert!(answer.body.contains("<Code>InvalidClientTokenId</Code>"));
}
