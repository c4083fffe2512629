"""An agent with the official SDK: it counts, remembers, and can count aloud.

The state lives in this process's memory. It is kept within a session and absent from every other one, because
each session is a machine of its own.
"""

import asyncio

from bedrock_agentcore import BedrockAgentCoreApp

app = BedrockAgentCoreApp()
turns = 0
remembered = None


@app.entrypoint
def invoke(payload, context):
    """Payload: `{"remember": text}`, `{"stream": how many}`, or nothing."""
    global turns, remembered
    turns += 1
    if "stream" in payload:
        return count_aloud(int(payload["stream"]), float(payload.get("pause", 0.2)))
    before, remembered = remembered, payload.get("remember", remembered)
    return {"session": context.session_id, "turn": turns, "remembered_before": before}


async def count_aloud(many, pause):
    """A generator becomes a stream of server-sent events."""
    for number in range(1, many + 1):
        yield {"number": number}
        await asyncio.sleep(pause)


if __name__ == "__main__":
    app.run()
