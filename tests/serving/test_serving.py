"""The command `serve`: what it prints, what it sends, how it ends, and what it refuses."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import httpx
import pytest

from pytest_asyncapi_sse.serving import _tell, main
from pytest_asyncapi_sse.sse import Decoder


@pytest.fixture
def serving(capsys, connect):
    """Return a function that runs the command in a thread, and returns what it printed at first.

    It ends before the clients are waited for.
    """
    ending, threads, statuses = threading.Event(), [], []

    def run(*arguments: str, lines: int = 1) -> str:
        def command() -> None:
            statuses.append(main(["serve", *arguments, "--port", "0"], ending=ending))

        threads.append(threading.Thread(target=command))
        threads[0].start()
        text = ""
        deadline = time.monotonic() + 20
        while text.count("curl -N") < lines and time.monotonic() < deadline:
            time.sleep(0.01)
            text += capsys.readouterr().out
        return text

    yield run
    ending.set()
    for thread in threads:
        thread.join(10)
    assert statuses == [0] * len(threads)


def urls_in(text):
    return re.findall(r"http://127\.0\.0\.1:\d+/\S+", text)


def test_each_stream_is_shown_and_served(serving, two_file, connect, capsys):
    text = serving(str(two_file), "--rate", "200", lines=2)
    news, ticks = urls_in(text)
    base = news.removesuffix("/news/art")
    assert text == (
        f"Two ({two_file}, AsyncAPI 3.0.0)\n"
        f"serving generated events at {base}, 200 events a second, until Ctrl-C\n\n"
        f"news: headline\n  curl -N {base}/news/art\n\n"
        f"ticks: tick, tock\n  curl -N {base}/ticks\n\n"
    )
    first = connect(news, Origin="http://localhost:5173")
    first.until(lambda client: client.raw.count(b"\n\n") > 5)
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.raw.startswith(
        b'id: 1\ndata: {"title":"First"}\n\nid: 2\ndata: {"title":"Second"}'
    )
    again = connect(news, last_event_id="2").has(b"id: 3\n")
    assert Decoder().feed(again.raw)[0] == Decoder().feed(first.raw)[2]
    ticking = connect(ticks).has(b"event: tick\n", b"event: tock\n")
    assert b"event: tock\nid: 2\n" in ticking.raw
    told = capsys.readouterr().out.splitlines()
    assert told == [f"news: GET {news}", f"news: GET {news} after '2'", f"ticks: GET {ticks}"]


def test_one_channel_without_ids_for_one_origin(serving, two_file, connect):
    options = ["--no-ids", "--origin", "http://a", "--seed", "5", "--channel", "ticks"]
    text = serving(str(two_file), *options, "--rate", "100")
    assert "news: " not in text
    assert "not served: news (not chosen)" in text
    (ticks,) = urls_in(text)
    client = connect(ticks, Origin="http://a").has(b"event: tock\n")
    assert client.headers["access-control-allow-origin"] == "http://a"
    assert b"id:" not in client.raw
    assert httpx.get(ticks.replace("ticks", "news/a"), trust_env=False).status_code == 404


POST = """
asyncapi: 3.0.0
info: {title: Chat, version: 1.0.0}
channels:
  chat:
    address: chat/completions
    messages:
      question: {payload: {type: object}, examples: [payload: {text: "it's"}]}
      answer: {payload: {type: string}}
operations:
  ask:
    action: receive
    channel: {$ref: '#/channels/chat'}
    messages: [{$ref: '#/channels/chat/messages/question'}]
    reply:
      channel: {$ref: '#/channels/chat'}
      messages: [{$ref: '#/channels/chat/messages/answer'}]
"""


def test_the_shown_command_of_a_post_opens_the_stream(serving, tmp_path):
    (tmp_path / "chat.yaml").write_text(POST)
    text = serving(str(tmp_path / "chat.yaml"), "--rate", "100")
    command = re.search(r"^  (curl .*)$", text, re.M)[1]
    assert "-X POST" in command
    shell = subprocess.run(
        ["bash", "-c", command.replace("-N", "-N -s -m 0.5")], capture_output=True, check=False
    )
    assert shell.stdout.startswith(b"id: 1\ndata: ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_with_an_open_stream(two_file, tmp_path, connect, number):
    command = [sys.executable, "-m", "pytest_asyncapi_sse", "serve", str(two_file), "--port", "0"]
    # Integers and booleans alone need no table of characters, which takes seconds to build.
    command += ["--channel", "ticks"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            line = next(line for line in process.stdout if "/ticks" in line)
            client = connect(line.split()[-1]).has(b"data: ")
            process.send_signal(number)
            assert process.wait(10) == 0
            client.done()
            assert process.stderr.read() == ""
        finally:
            process.kill()


def test_alone_it_prints_its_help(capsys):
    assert main([]) == 0
    told = capsys.readouterr()
    assert "python -m pytest_asyncapi_sse serve spec.yaml\n" in told.out
    assert told.err == ""


EMPTY = "asyncapi: 3.0.0\ninfo: {title: a, version: '1'}\nchannels: {}\noperations: {}\n"
SOCKETS = """
asyncapi: 3.0.0
info: {title: a, version: '1'}
servers: {a: {host: example.com, protocol: wss}}
channels: {chat: {address: chat, messages: {m: {payload: {}}}}}
operations: {o: {action: send, channel: {$ref: '#/channels/chat'}}}
"""
REFUSED = [
    (["nothing.yaml"], 1, "there is no file nothing.yaml"),
    (["broken.yaml"], 1, "broken.yaml:1:1: "),
    (["empty.yaml"], 1, "empty.yaml has no stream that could be served"),
    (["sockets.yaml"], 1, "has no stream that could be served; chat: "),
    (["two.yaml", "--channel", "tick"], 2, "no channel 'tick' in two.yaml; did you mean 'ticks'?"),
    (["two.yaml", "--origin", "http://a/b"], 2, "the origin is 'http://a/b', expected '*'"),
    (["two.yaml", "--host", "203.0.113.1"], 1, "can't listen at 203.0.113.1:4010: Cannot assign"),
]
USAGE = [
    (["two.yaml", "--port", "70000"], "argument --port: '70000' is no port: expected 0 to 65535"),
    (["two.yaml", "--rate", "0"], "argument --rate: '0' is no rate"),
    (["two.yaml", "--rate", "nan"], "argument --rate: 'nan' is no rate"),
    (["two.yaml", "--seed", "a"], "argument --seed: invalid int value: 'a'"),
    (["two.yaml", "--chan", "a"], "unrecognized arguments: --chan a"),
    ([], "the following arguments are required: SPEC"),
]


@pytest.fixture
def documents(tmp_path, two_file, monkeypatch):
    texts = {"two": two_file.read_text(), "empty": EMPTY, "sockets": SOCKETS, "broken": "]"}
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("documents")
def test_what_can_not_be_served_is_one_line(capsys):
    for arguments, status, text in REFUSED:
        assert main(["serve", *arguments]) == status, arguments
        told = capsys.readouterr()
        assert told.err.startswith("python -m pytest_asyncapi_sse serve: error: "), arguments
        assert text in told.err
        assert (told.out, told.err.count("\n")) == ("", 1), told.err
    for arguments, text in USAGE:
        with pytest.raises(SystemExit) as caught:
            main(["serve", *arguments])
        assert caught.value.code == 2
        assert f"error: {text}" in capsys.readouterr().err


@pytest.mark.usefixtures("documents")
def test_a_port_in_use(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "two.yaml", "--port", port]) == 1
    told = capsys.readouterr().err
    assert f"error: can't listen at 127.0.0.1:{port}: Address already in use; give" in told


@pytest.mark.parametrize(
    ("url", "last"), [("http://a/" + "b" * 9_000, None), ("http://a/b", "9" * 9_000)]
)
def test_what_a_client_asks_for_takes_one_short_line(capsys, url, last):
    headers = {} if last is None else {"last-event-id": last}
    channel = SimpleNamespace(name="news")
    _tell(SimpleNamespace(channel=channel, method="GET", url=url, headers=headers))
    told = capsys.readouterr().out
    assert told.startswith("news: GET http://a/b")
    assert (told.count("\n"), len(told) < 400) == (1, True)
