"""An agent that remembers what its users like, written for AWS and unchanged here.

The memory's id comes in `MEMORY_TRAVEL_ID`. What a user says is kept as events; the memory's strategy learns preferences
from them in the background, and every other session begins with what it knows. In its machine boto3 finds the platform
by the environment, and needs no key: the platform knows which session calls.
"""

import os

import boto3
from bedrock_agentcore import BedrockAgentCoreApp
from bedrock_agentcore.memory import MemorySessionManager
from bedrock_agentcore.memory.constants import ConversationalMessage, MessageRole

app = BedrockAgentCoreApp()
bedrock = boto3.client("bedrock-runtime")


def preferences_of(memory, user, question):
    """What is known of the user that has to do with the question."""
    found = memory.search_long_term_memories(question, namespace=f"/travellers/{user}", top_k=5)
    return [record.content["text"] for record in found]


def ask(question, known):
    system = "You book journeys. What is known of the traveller:\n" + "\n".join(known or ["nothing yet"])
    answer = bedrock.converse(
        modelId="default",
        system=[{"text": system}],
        messages=[{"role": "user", "content": [{"text": question}]}],
    )
    return answer["output"]["message"]["content"][0]["text"]


@app.entrypoint
def invoke(payload, context):
    """Payload: `{"user": id, "prompt": text}`. Answers with what the model says, and with what it was told of the user."""
    memory = MemorySessionManager(os.environ["MEMORY_TRAVEL_ID"])
    user, question = payload["user"], payload["prompt"]
    known = preferences_of(memory, user, question)
    answer = ask(question, known)
    memory.add_turns(
        user,
        context.session_id,
        [
            ConversationalMessage(question, MessageRole.USER),
            ConversationalMessage(answer, MessageRole.ASSISTANT),
        ],
    )
    return {"answer": answer, "known": known}


if __name__ == "__main__":
    app.run()
