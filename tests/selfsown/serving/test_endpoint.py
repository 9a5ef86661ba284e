"""The endpoint as clients see it: the openai client against uvicorn, the errors in raw HTTP, two clients at once."""

from __future__ import annotations

import http.client
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import openai
import pytest

from selfsown.errors import SelfsownError
from selfsown.outbox.entry import State
from selfsown.serving.endpoint import make_endpoint
from selfsown.serving.talker import TooLong

FRANCE, ITALY = "What is the capital of France?", "And of Italy?"
MODEL = "selfsown-round-0007"
AGREED = {"X-Selfsown-Consent": "publish, train"}
KEY, OTHER_KEY = "sk-one-key-0123456789", "sk-another-0123456789"


def client_of(address, key="no key is needed", **options):
    return openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0, timeout=20, **options)


@pytest.fixture
def client(address):
    with client_of(address) as made:
        yield made


def ask(client, messages, **options):
    return client.chat.completions.create(model=MODEL, messages=messages, **options)


def talk(client, *questions, **options):
    """A conversation as a client has it: the whole history with every request. Returns it and the last answer."""
    messages, answer = [], None
    for question in questions:
        messages.append({"role": "user", "content": question})
        answer = ask(client, messages, **options)
        messages.append({"role": "assistant", "content": answer.choices[0].message.content})
    return messages, answer


def send(address, method, path, body=b"", **headers):
    """A request byte by byte; (status, headers, JSON)."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    told = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, told)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, dict(answer.headers), json.loads(content) if content else None


def post(address, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return send(address, "POST", "/v1/chat/completions", content, **headers)


def valid(**changes):
    return {"model": MODEL, "messages": [{"role": "user", "content": FRANCE}]} | changes


def wait_until(is_true):
    deadline = time.monotonic() + 10
    while not is_true() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert is_true()


def test_models(client, address):
    assert [model.id for model in client.models.list()] == [MODEL, "selfsown"]
    assert client.models.retrieve("selfsown").owned_by == "selfsown"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-5")
    with pytest.raises(openai.NotFoundError, match="Ask for 'selfsown-round-0007'"):
        client.chat.completions.create(model="gpt-5", messages=valid()["messages"])
    assert send(address, "GET", "/healthz")[2] == {"status": "ok", "model": MODEL, "running": 0}


def test_a_whole_answer(client, stage):
    answer = ask(client, valid()["messages"])
    assert answer.choices[0].message.content == "The capital of France is Paris, a city on the river Seine."
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (6, 12, 18)
    assert (answer.model, answer.object, answer.id[:9]) == (MODEL, "chat.completion", "chatcmpl-")
    assert stage.entries() == []


def test_a_stream(client):
    parts = list(ask(client, valid()["messages"], stream=True, stream_options={"include_usage": True}))
    assert parts[0].choices[0].delta.role == "assistant"
    text = "".join(part.choices[0].delta.content or "" for part in parts if part.choices)
    assert text == "The capital of France is Paris, a city on the river Seine."
    assert len(parts) == 12 + 3
    assert [part.choices[0].finish_reason for part in parts if part.choices][-2:] == [None, "stop"]
    assert parts[-1].usage.total_tokens == 18
    assert not parts[-1].choices
    assert len({part.id for part in parts}) == 1
    plain = list(ask(client, valid()["messages"], stream=True))
    assert all(part.usage is None for part in plain)


def test_the_draw_is_the_clients(client, stage):
    ask(client, valid()["messages"], temperature=0.5, top_p=0.9, seed=7, stop=["Paris"], max_tokens=9)
    draw = stage.talker.asked[-1][1]
    assert (draw.temperature, draw.top_p, draw.seed, draw.stop, draw.most_tokens) == (0.5, 0.9, 7, ("Paris",), 9)
    cut = ask(client, valid()["messages"], max_completion_tokens=3)
    assert cut.choices[0].finish_reason == "length"
    assert cut.choices[0].message.content == "The capital of"
    ask(client, valid()["messages"], max_tokens=1_000_000)
    assert stage.talker.asked[-1][1].most_tokens == 4096


def test_parts_of_text_and_a_system_message(client, stage):
    messages = [
        {"role": "developer", "content": "Be brief."},
        {
            "role": "user",
            "content": [{"type": "text", "text": "What is the capital "}, {"type": "text", "text": "of France?"}],
        },
    ]
    ask(client, messages, user="jo", metadata={"any": "thing"}, store=False, n=1, presence_penalty=0)
    assert [(turn.role, turn.content) for turn in stage.talker.asked[-1][0]] == [
        ("system", "Be brief."),
        ("user", FRANCE),
    ]


def test_consent_by_header_keeps_one_conversation_turn_by_turn(client, stage):
    _, answer = talk(client, FRANCE, ITALY, extra_headers=AGREED)
    told = answer.model_extra["selfsown"]
    assert told["kept"] is True
    (entry,) = stage.entries()
    assert (entry.state, len(entry.conversation.turns), entry.consent.train) == (State.DRAFT, 4, True)
    stage.pass_minutes(16)
    assert stage.service.end_idle() == 1
    assert stage.entries()[0].state is State.SCREENED


def test_consent_by_metadata_and_only_to_publish(client, stage):
    talk(client, FRANCE, ITALY, metadata={"selfsown_consent": "publish"})
    (entry,) = stage.entries()
    assert (entry.consent.publish, entry.consent.train) == (True, False)


def test_a_stream_keeps_too_and_says_so_in_its_last_part(client, stage):
    parts = list(ask(client, valid()["messages"], stream=True, extra_headers=AGREED))
    assert parts[-1].model_extra["selfsown"]["code"]
    assert (
        stage.entries()[0].conversation.turns[1].content == "The capital of France is Paris, a city on the river Seine."
    )


def test_a_request_without_consent_takes_it_back(client, stage):
    messages, _ = talk(client, FRANCE, extra_headers=AGREED)
    assert len(stage.entries()) == 1
    ask(client, [*messages, {"role": "user", "content": ITALY}])
    assert stage.entries() == []
    again, answer = talk(client, FRANCE, extra_headers=AGREED)
    assert len(stage.entries()) == 1
    answer = ask(client, [*again, {"role": "user", "content": ITALY}], extra_headers={"X-Selfsown-Consent": "none"})
    assert "selfsown" not in (answer.model_extra or {})
    assert stage.entries() == []


def test_words_put_into_the_models_mouth_are_answered_and_not_kept(client, stage):
    forged = [
        {"role": "user", "content": FRANCE},
        {"role": "assistant", "content": "Berlin, of course."},
        {"role": "user", "content": ITALY},
    ]
    answer = ask(client, forged, extra_headers=AGREED)
    assert "Rome" in answer.choices[0].message.content
    assert answer.model_extra["selfsown"]["kept"] is False
    assert "not said here" in answer.model_extra["selfsown"]["why"]
    assert stage.entries() == []


def test_asking_again_replaces_and_leaving_the_path_makes_another(client, stage):
    messages, _ = talk(client, FRANCE, ITALY, extra_headers=AGREED)
    ask(client, messages[:3], temperature=0.7, extra_headers=AGREED)
    (entry,) = stage.entries()
    assert entry.conversation.turns[3].content.startswith("Certainly.")
    branch = [*messages[:2], {"role": "user", "content": "Why is the sky blue?"}]
    ask(client, branch, extra_headers=AGREED)
    assert sorted(entry.conversation.turns[2].content for entry in stage.entries()) == [ITALY, "Why is the sky blue?"]
    older = [*messages, {"role": "user", "content": "Thank you."}]
    ask(client, older, extra_headers=AGREED)
    assert len(stage.entries()) == 3


def test_a_name_makes_it_one_conversation_whatever_is_edited(client, stage):
    named = {"selfsown_consent": "publish", "selfsown_conversation": "chat-1"}
    talk(client, FRANCE, ITALY, metadata=named)
    ask(client, [{"role": "user", "content": "Why is the sky blue?"}], metadata=named)
    (entry,) = stage.entries()
    assert entry.conversation.turns[0].content == "Why is the sky blue?"
    talk(client, FRANCE, metadata=named | {"selfsown_conversation": "chat-2"})
    talk(client, FRANCE, extra_headers=AGREED | {"X-Selfsown-Conversation": "chat-3"})
    assert len(stage.entries()) == 3
    ask(client, valid()["messages"], metadata={"selfsown_conversation": "chat-1"})
    assert len(stage.entries()) == 2, "the edited conversation was asked on without consent"


def test_a_conversation_that_has_ended_is_not_counted_again(client, stage):
    messages, _ = talk(client, FRANCE, extra_headers=AGREED)
    stage.pass_minutes(16)
    stage.service.end_idle()
    answer = ask(client, [*messages, {"role": "user", "content": ITALY}], extra_headers=AGREED)
    assert "has ended" in answer.model_extra["selfsown"]["why"]
    assert len(stage.entries()) == 1
    talk(client, FRANCE, ITALY, extra_headers=AGREED)
    assert len(stage.entries()) == 2


def test_end_look_and_withdraw_by_code(client, address, stage):
    _, answer = talk(client, FRANCE, ITALY, extra_headers=AGREED)
    place = f"/v1/selfsown/conversations/{answer.model_extra['selfsown']['code']}"
    assert send(address, "GET", place)[2]["state"] == "draft"
    status, _, ending = send(address, "POST", f"{place}/end")
    assert (status, ending["kept"], ending["final"]) == (200, True, True)
    assert ending["rating"]["question"].startswith("Please rate the suitability")
    assert ending["published"]["messages"][0] == {"role": "user", "content": FRANCE}
    assert send(address, "POST", f"{place}/end")[2] == ending
    assert send(address, "GET", place)[2]["state"] == "screened"
    assert send(address, "DELETE", place)[2] == {"withdrawn": True}
    assert send(address, "DELETE", place)[0] == 200
    assert send(address, "GET", place)[2]["state"] == "withdrawn"
    assert stage.entries()[0].conversation is None
    _, answer = talk(client, FRANCE, "Is it large?", extra_headers=AGREED)
    place = f"/v1/selfsown/conversations/{answer.model_extra['selfsown']['code']}"
    send(address, "POST", f"{place}/end")
    (key,) = [entry.key for entry in stage.entries(State.SCREENED)]
    stage.outbox.plan("submit/chat-0", [key])
    stage.outbox.submit("submit/chat-0", 7)
    told = send(address, "DELETE", place)[2]
    assert (told["withdrawn"], told["pull_request"], told["published_as"][:2]) == (True, 7, "c-")
    for method in ("GET", "DELETE"):
        assert send(address, method, "/v1/selfsown/conversations/AAAAA-AAAAA-AAAAA-AAAAA")[0] == 404


def test_a_draft_that_outlived_its_process_is_ended_by_its_code(client, stage, serving):
    _, answer = talk(client, FRANCE, extra_headers=AGREED)
    place = f"/v1/selfsown/conversations/{answer.model_extra['selfsown']['code']}"
    with serving(make_endpoint(stage.start())) as restarted:
        assert send(restarted, "POST", f"{place}/end")[2]["state"] == "screened"


def test_two_clients_at_once_have_their_own_conversations(stage, serving):
    stage.talker.pause = 0.002
    with serving(make_endpoint(stage.service, keys=(KEY, OTHER_KEY))) as address:

        def chat(number):
            with client_of(address, (KEY, OTHER_KEY)[number % 2]) as client:
                return talk(client, f"I am {number}.", "Who am I?", f"Are you sure, {number}?", extra_headers=AGREED)[0]

        with ThreadPoolExecutor(8) as pool:
            said = list(pool.map(chat, range(8)))
    kept = [[turn.to_json() for turn in entry.conversation.turns] for entry in stage.entries()]
    assert sorted(map(str, kept)) == sorted(
        str([{"role": m["role"], "content": m["content"]} for m in one]) for one in said
    )
    assert len({entry.person for entry in stage.entries()}) == 2


def test_the_same_words_of_another_key_are_another_conversation(stage, serving):
    with serving(make_endpoint(stage.service, keys=(KEY, OTHER_KEY))) as address:
        with client_of(address, KEY) as client:
            messages, _ = talk(client, FRANCE, extra_headers=AGREED)
        with client_of(address, OTHER_KEY) as client:
            told = ask(client, [*messages, {"role": "user", "content": ITALY}], extra_headers=AGREED)
            assert told.model_extra["selfsown"]["kept"] is False
            with pytest.raises(openai.AuthenticationError):
                ask(client.with_options(api_key="sk-guessed-0123456789"), messages[:1])
        assert send(address, "GET", "/v1/models")[0] == 401
        assert post(address, valid(), Authorization=f"Basic {KEY}")[0] == 401
        assert send(address, "GET", "/healthz")[0] == 200
    assert len(stage.entries()) == 1


@pytest.mark.parametrize(
    ("body", "status", "part"),
    [
        (b"{", 400, "could not parse"),
        (b"[]", 400, "JSON object"),
        (valid(messages=[]), 400, "messages"),
        (valid(messages=[{"role": "tool", "content": "x"}]), 400, "role"),
        (valid(messages=[{"role": "user", "content": " "}]), 400, "empty"),
        (valid(messages=[{"role": "assistant", "content": "x"}]), 400, "last message"),
        (valid(messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]), 400, "'text'"),
        (valid(temperature=2.5), 400, "temperature"),
        (valid(temperature=True), 400, "temperature"),
        (valid(max_tokens=0), 400, "max_tokens"),
        (valid(seed=1.5), 400, "seed"),
        (valid(stop=["a", "b", "c", "d", "e"]), 400, "stop"),
        (valid(stop="a" * 257), 400, "stop"),
        (valid(n=2), 400, "'n' is not supported"),
        (valid(logprobs=True), 400, "logprobs"),
        (valid(tools=[{"type": "function"}]), 400, "tools"),
        (valid(response_format={"type": "json_object"}), 400, "response_format"),
        (valid(top_k=5), 400, "Unrecognized request argument supplied: top_k"),
        (valid(metadata={"selfsown_consent": "yes please"}), 400, "Consent is"),
        (valid(metadata={"selfsown_consent": "train"}), 400, "Consent is"),
        (valid(model="gpt-5"), 404, "does not exist"),
        (b" " * (1 << 21), 413, "at most"),
    ],
)
def test_what_cannot_be_answered_is_said_as_openai_says_it(address, stage, body, status, part):
    found, _, told = post(address, body)
    assert found == status
    assert part in told["error"]["message"]
    assert set(told["error"]) == {"message", "type", "param", "code"}
    assert stage.talker.asked == []


def test_other_places_and_methods_and_types(address):
    assert send(address, "GET", "/v1/nothing")[2]["error"]["message"] == "There is nothing here."
    assert send(address, "GET", "/v1/chat/completions")[0] == 405
    status, headers, _ = post(address, valid(), Content_Type="text/plain", Origin="https://elsewhere.example")
    assert status == 415
    assert "access-control-allow-origin" not in headers


def test_other_pages_may_ask_only_where_they_are_named(stage, serving):
    with serving(make_endpoint(stage.service, origins=("https://friend.example",))) as address:
        for origin, is_named in (("https://friend.example", True), ("https://elsewhere.example", False)):
            asked = {"Origin": origin, "Access_Control_Request_Method": "POST"}
            assert (send_options(address, asked) == 200) is is_named


def send_options(address, headers):
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.request(
        "OPTIONS", "/v1/chat/completions", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_full_model_says_when_to_come_back(client, stage, address):
    stage.talker.most_running = 0
    with pytest.raises(openai.RateLimitError) as caught:
        ask(client, valid()["messages"])
    assert caught.value.response.headers["retry-after"] == "7"
    status, _, told = post(address, valid(stream=True))
    assert (status, told["error"]["code"]) == (429, "rate_limit_exceeded")


def test_so_does_a_full_endpoint(stage, serving):
    stage.talker.pause = 0.05
    with serving(make_endpoint(stage.service, most=1)) as address, client_of(address) as client:
        stream = ask(client, valid()["messages"], stream=True)
        next(iter(stream))
        assert post(address, valid())[0] == 429
        stream.close()
        wait_until(lambda: send(address, "GET", "/healthz")[2]["running"] == 0)
        assert post(address, valid())[0] == 200


def test_one_client_keeps_nobody_out(stage, serving):
    stage.talker.pause = 0.05
    with (
        serving(make_endpoint(stage.service, keys=(KEY, OTHER_KEY), most=4)) as address,
        client_of(address, KEY) as client,
    ):
        streams = [ask(client, valid()["messages"], stream=True) for _ in range(2)]
        for stream in streams:
            next(iter(stream))
        assert post(address, valid(), Authorization=f"Bearer {KEY}")[0] == 429
        assert post(address, valid(), Authorization=f"Bearer {OTHER_KEY}")[0] == 200
        for stream in streams:
            stream.close()
        wait_until(lambda: send(address, "GET", "/healthz")[2]["running"] == 0)
        assert post(address, valid(), Authorization=f"Bearer {KEY}")[0] == 200


def test_who_does_not_read_loses_their_place(stage, serving, monkeypatch):
    monkeypatch.setattr("selfsown.serving.answering_http._PATIENCE", 0.5)
    monkeypatch.setattr(stage.talker, "say", lambda *_: f"{'x' * 4000} " * 4000)
    with serving(make_endpoint(stage.service)) as address, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        host, port = urlsplit(address).netloc.split(":")
        client.connect((host, int(port)))
        body = json.dumps(valid(stream=True, max_tokens=4096)).encode()
        head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        client.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        wait_until(lambda: send(address, "GET", "/healthz")[2]["running"] == 1)
        wait_until(lambda: send(address, "GET", "/healthz")[2]["running"] == 0)
    assert stage.talker.replies[-1].answer_tokens < 4000


@pytest.mark.parametrize(("error", "status"), [(SelfsownError("the model failed"), 500), (TooLong("too long"), 400)])
def test_what_fails_before_a_word_has_its_code_and_what_fails_later_ends_the_stream(stage, address, error, status):
    def fail(*_):
        raise error

    stage.talker.say, stage.talker.fails_after = fail, 0
    assert post(address, valid(stream=True))[0] == post(address, valid())[0] == status
    stage.talker.fails_after = 2
    assert post(address, valid())[0] == status
    with client_of(address) as client, pytest.raises(openai.APIError, match=error.message):
        list(ask(client, valid()["messages"], stream=True, extra_headers=AGREED))
    assert stage.entries() == []


def test_a_model_with_nothing_to_say_answers_nothing(client, stage):
    stage.talker.say = lambda *_: ""
    answer = ask(client, valid()["messages"], extra_headers=AGREED)
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("", "stop")
    assert stage.entries() == []


@pytest.mark.parametrize("is_stream", [True, False])
def test_a_client_that_goes_away_stops_the_model(stage, address, is_stream):
    stage.talker.pause = 0.1
    body = json.dumps(valid(stream=is_stream)).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection(urlsplit(address).netloc.split(":")) as connection:
        connection.sendall(head.encode() + b"X-Selfsown-Consent: publish\r\n\r\n" + body)
        wait_until(lambda: stage.talker.replies and stage.talker.replies[0].answer_tokens > 1)
    wait_until(lambda: stage.talker.replies[0].finish == "stopped")
    wait_until(lambda: send(address, "GET", "/healthz")[2]["running"] == 0)
    assert stage.entries() == []
    stage.talker.pause = 0
    with client_of(address) as client:
        ask(client, valid()["messages"], extra_headers=AGREED)
    assert len(stage.entries()) == 1


def test_nothing_that_was_said_is_logged(client, stage, caplog):
    caplog.set_level(0)
    caplog.set_level("INFO", logger="openai")
    caplog.set_level("INFO", logger="httpcore")
    talk(client, FRANCE, ITALY, extra_headers=AGREED)
    assert "capital" not in caplog.text
    assert "Paris" not in caplog.text
