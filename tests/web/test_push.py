"""Events that others push: signed, limited, kept, and handed to the sensor."""

import json
import time
from typing import Any

import pytest

from sensors_app.operating.signing import TOLERANCE_S, fault_of, signature
from tests.support.reacting import fed
from tests.support.site import Site, sensor
from tests.web.api import Api
from tests.web.conftest import Open

SECRET = "a-secret-of-some-length"
EVENTS = "/sensors/loc/s/events"


class Sender:
    """Somebody who pushes events.

    Args:
        api: The API.
        secret: What they sign with.
    """

    def __init__(self, api: Api, secret: str = SECRET) -> None:
        self._api = api
        self._secret = secret

    def push(self, body: bytes | str, status: int = 202, at: float = 0, **headers: str) -> Any:
        """Push an event; return the answer itself."""
        raw = body if isinstance(body, bytes) else body.encode()
        signed = signature(self._secret, raw, int(at or time.time()))
        headers = {"X-Sensors-Signature": signed, **headers}
        return self._api.ask("POST", EVENTS, status, content=raw, headers=headers)


@pytest.fixture
def sender(site: Site, open_web: Open) -> Sender:
    """Somebody who knows the secret, and nothing else."""
    return Sender(Api(open_web(push_secret=SECRET, auth="viewer:v:another-secret-of-length")))


class TestAnEvent:
    def test_is_kept_for_the_sensor_which_is_due_now(self, site: Site, sender: Sender):
        """Without a login: the signature says that the sender may."""
        site.tick()
        answer = sender.push('{"order": 7}').json()
        (event,) = site.store.inbox.waiting("loc", "s")
        assert event.payload == {"order": 7}
        assert answer == {
            "id": event.id,
            "location": "loc",
            "sensor": "s",
            "duplicate": False,
            "waiting": 1,
            "running": True,
        }
        due = site.state().next_due
        assert due is not None
        assert due <= site.store.now_ms()

    def test_that_comes_again_is_dropped(self, site: Site, sender: Sender):
        """By the sender's own id for it."""
        first = sender.push("1", **{"X-Sensors-Event-Id": "a"}).json()
        again = sender.push("1", **{"X-Sensors-Event-Id": "a"}).json()
        assert again == {**first, "duplicate": True}
        assert len(site.store.inbox.waiting("loc", "s")) == 1

    def test_that_waits_is_shown(self, site: Site, open_web: Open):
        """To those who may look."""
        api = Api(open_web(push_secret=SECRET))
        Sender(api).push('"x"')
        (found,) = api.get(EVENTS)
        assert found["payload"] == "x"

    @pytest.mark.parametrize("body", ['"\\ud800"', '{"a": [1, 2.5, null, true]}', '"ü"', "0"])
    def test_may_be_any_json(self, site: Site, sender: Sender, body: str):
        """What the sender sent is what the sensor gets."""
        sender.push(body)
        (event,) = site.store.inbox.waiting("loc", "s")
        assert event.payload == json.loads(body)


class TestRefusals:
    @pytest.mark.parametrize(
        "body", [b"", b"{", b"NaN", b"\xff", b"[" * 101 + b"]" * 101, b"[" * 100_000]
    )
    def test_what_is_no_json_that_everybody_can_read(self, site: Site, sender: Sender, body: bytes):
        """It is told at once, not in the worker."""
        sender.push(body, 400)
        assert site.store.inbox.count("loc", "s") == 0

    def test_a_wrong_signature(self, site: Site, open_web: Open):
        """By another secret, of another body, or too old."""
        api = Api(open_web(push_secret=SECRET))
        assert "does not go with" in Sender(api, "other").push("1", 401).json()["detail"]
        old = time.time() - TOLERANCE_S - 2
        assert "off this server's clock" in Sender(api).push("1", 401, at=old).json()["detail"]
        assert "not of the form" in api.post(EVENTS, 1, 401)["detail"]
        assert site.store.inbox.count("loc", "s") == 0

    def test_without_a_secret_nothing_can_be_pushed(self, site: Site, open_web: Open):
        """The problem says which setting is missing; also if nothing may be changed at all."""
        assert "SENSORS_PUSH_SECRET" in Api(open_web()).post(EVENTS, 1, 403)["detail"]
        reading = Api(open_web(push_secret=SECRET, web_read_only=True))
        assert "READ_ONLY" in Sender(reading).push("1", 403).json()["detail"]

    def test_one_that_is_too_large(self, site: Site, open_web: Open):
        """However it is sent."""
        sender = Sender(Api(open_web(push_secret=SECRET, push_max_bytes=10)))
        sender.push('"12345678"')
        assert "more than 10 bytes" in sender.push('"123456789"', 413).json()["detail"]

    def test_too_many_that_wait(self, site: Site, open_web: Open):
        """Until a tick has dealt with some."""
        sender = Sender(Api(open_web(push_secret=SECRET, push_max_waiting=1)))
        sender.push("1")
        refused = sender.push("2", 429)
        assert refused.headers["retry-after"] == "10"
        assert "1 events wait" in refused.json()["detail"]

    def test_too_many_at_once(self, site: Site, open_web: Open):
        """When to come again is said in whole seconds."""
        sender = Sender(Api(open_web(push_secret=SECRET, push_per_second=0.1)))
        sender.push("1")
        sender.push("2")
        refused = sender.push("3", 429)
        assert 1 <= int(refused.headers["retry-after"]) <= 10

    def test_sensors_that_are_called_for_something_else(self, site: Site, sender: Sender):
        """They have no use for it."""
        site.register(fed("s"))
        assert "called for events of runs" in sender.push("1", 409).json()["detail"]
        site.register(sensor("s", asset_key="a"), version="2")
        assert "called for an asset" in sender.push("1", 409).json()["detail"]
        site.register(sensor("t"), version="3")
        assert "no sensor 's'" in sender.push("1", 404).json()["detail"]


class TestASignature:
    def test_is_that_of_the_documents(self):
        """As a sender in any language computes it."""
        assert signature("secret", b'{"order":7}', 1764021600) == (
            "t=1764021600,v1=1f839ce9c3318bbde51607f04e3caaa958605bc428b563edec3d88d462bfcdd6"
        )

    def test_may_be_of_any_secret(self):
        """So that senders can change over one by one; and a sender may give one for each."""
        one, two = signature("one", b"x", 100), signature("two", b"x", 100)
        assert fault_of(one, b"x", ["two", "one"], 100) is None
        both = f"{two},{one.partition(',')[2]}"
        assert fault_of(both, b"x", ["one"], 100) is None
        assert fault_of(one, b"x", ["two"], 100)

    @pytest.mark.parametrize("off", [-TOLERANCE_S, 0, TOLERANCE_S])
    def test_is_good_for_some_minutes(self, off: int):
        """Clocks differ, and messages travel."""
        signed = signature("s", b"x", 10_000)
        assert fault_of(signed, b"x", ["s"], 10_000 + off) is None
        assert fault_of(signed, b"x", ["s"], 10_000 + off + (1 if off > 0 else -1) * 301)

    @pytest.mark.parametrize("text", ["", "t=1", "v1=ab", "t=x,v1=ab", "t=1,v1=", "t=1,v1=ü"])
    def test_of_another_form_is_none(self, text: str):
        """Nothing that anybody may write breaks it."""
        assert "not of the form" in (fault_of(text, b"x", ["s"], 1) or "")
