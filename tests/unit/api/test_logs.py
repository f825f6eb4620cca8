"""A log line is one JSON object, whatever is in the message."""

import io
import json
import logging
import sys

from api.logs import REQUEST_ID, JsonLines, start_logging


def _line(record):
    text = JsonLines().format(record)
    assert "\n" not in text
    return json.loads(text)


def _record(message, *args, exc_info=None, **extra):
    record = logging.LogRecord("api.x", logging.INFO, __file__, 1, message, args, exc_info)
    for name, value in extra.items():
        setattr(record, name, value)
    return record


def test_a_line_feed_in_a_message_cannot_forge_a_second_line():
    line = _line(_record("hello %s", 'x\n{"level":"info"}'))
    assert line["message"] == 'hello x\n{"level":"info"}'


def test_what_steers_a_terminal_is_escaped_and_chinese_is_not():
    message = "示例\x1b[2J\x7f\x9b2J\u202e\u2028\ud800"
    text = JsonLines().format(_record(message))
    assert "示例" in text
    assert text.isprintable()
    assert json.loads(text)["message"] == message


def test_the_request_id_is_in_every_line_of_the_request():
    token = REQUEST_ID.set("abc12345")
    try:
        assert _line(_record("x"))["request_id"] == "abc12345"
    finally:
        REQUEST_ID.reset(token)
    assert _line(_record("x"))["request_id"] is None


def test_an_events_members_become_members_of_the_line():
    assert _line(_record("x", event={"status": 200}))["status"] == 200


def test_a_traceback_stays_within_its_line():
    try:
        raise ValueError("boom")
    except ValueError:
        line = _line(_record("x", exc_info=sys.exc_info()))
    assert "ValueError: boom" in line["traceback"]


def test_uvicorns_access_lines_with_query_strings_are_not_written():
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        start_logging("info", stream)
        logging.getLogger("uvicorn.access").info("GET /l/1?c=secret")
        logging.getLogger("uvicorn.error").info("started")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["started"]
