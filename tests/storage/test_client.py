"""Clients: every kind of address, and which servers may hold the state."""

import socket
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import redis

from sensors_app.errors import SettingsError, StoreUnavailableError, UnsafeStoreError
from sensors_app.storage.client import (
    ServerReport,
    connect,
    examine,
    hide_password,
    require_no_eviction,
)
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store
from tests.support.servers import server_on_socket, watched_server

NOW_MS = 1_700_000_000_000


def options(url: str) -> dict:
    """Return what a client for this address would connect with."""
    client = connect(url)
    kept = dict(client.connection_pool.connection_kwargs)
    client.close()
    return kept


class TestAddresses:
    def test_redis(self):
        """Host, port, database and credentials are in the URL."""
        found = options("redis://user:p%40ss@example.org:1234/5")
        wanted = {
            "host": "example.org",
            "port": 1234,
            "db": 5,
            "username": "user",
            "password": "p@ss",
        }
        assert {name: found[name] for name in wanted} == wanted

    def test_rediss_is_encrypted(self):
        """The same over TLS, whose options go into the query."""
        client = connect("rediss://example.org?ssl_ca_certs=/etc/ca.pem")
        pool = client.connection_pool
        assert pool.connection_class is redis.SSLConnection
        assert pool.connection_kwargs["ssl_ca_certs"] == "/etc/ca.pem"
        client.close()

    def test_unix_socket(self):
        """A server of the same machine needs no port; the database is in the query."""
        client = connect(f"{ephemeral_url()}?db=3")
        client.set("here", "x", px=1000)
        assert client.info("keyspace")["db3"]["keys"] == 1
        client.delete("here")
        client.close()

    @pytest.mark.parametrize("hosts", ["a:1,b:2", "a,b:2"])
    def test_sentinel_addresses(self, hosts: str):
        """Several, each with or without a port."""
        client = connect(f"sentinel://user:p%40ss@{hosts}/state/5")
        pool = client.connection_pool
        known = [
            (
                s.connection_pool.connection_kwargs["host"],
                s.connection_pool.connection_kwargs["port"],
            )
            for s in pool.sentinel_manager.sentinels
        ]
        assert known == [("a", 1 if hosts.startswith("a:") else 26379), ("b", 2)]
        assert pool.service_name == "state"
        found = pool.connection_kwargs
        assert (found["db"], found["username"], found["password"]) == (5, "user", "p@ss")
        client.close()

    def test_a_real_sentinel(self, tmp_path):
        """It names the server that holds the state; both have a password."""
        password, sentinel_password = "p@s/s:", "s&p=1"
        with watched_server(
            tmp_path, password=password, sentinel_password=sentinel_password
        ) as port:
            client = connect(
                f"sentinel://:{quote(password, safe='')}@127.0.0.1:{port}/state/0"
                f"?sentinel_password={quote(sentinel_password, safe='')}"
            )
            assert Store(client, "test").sensors.location_names() == []
            assert examine(client, NOW_MS).maxmemory_policy == "noeviction"
            client.close()
            unknown = connect(
                f"sentinel://127.0.0.1:{port}/unknown"
                f"?sentinel_password={quote(sentinel_password, safe='')}",
                retries=0,
            )
            with pytest.raises(StoreUnavailableError, match="unknown"):
                Store(unknown, "test").sensors.location_names()
            unknown.close()

    @pytest.mark.parametrize(
        "url",
        [
            "http://user:secret@host",
            "redis://user:secret@host:port",
            "redis://user:secret@host?socket_timeout=soon",
            "sentinel://user:secret@host:1",
            "sentinel://user:secret@/state",
            "sentinel://user:secret@host:port/state",
            "sentinel://user:secret@host:1/state/first",
            "sentinel://host:port/state?sentinel_password=secret",
        ],
    )
    def test_one_that_makes_no_sense(self, url: str):
        """The message names the setting and hides the password."""
        with pytest.raises(SettingsError, match="SENSORS_REDIS_URL") as caught:
            connect(url)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://host:1/0", "redis://host:1/0"),
        ("redis://user@host", "redis://user@host"),
        ("redis://:secret@host:1/0", "redis://:***@host:1/0"),
        ("redis://user:secret@host", "redis://user:***@host"),
        ("redis://user:se@cret@host", "redis://user:***@host"),
        ("unix://user:secret@/path?db=1", "unix://user:***@/path?db=1"),
        ("sentinel://u:secret@a:1,b:2/state", "sentinel://u:***@a:1,b:2/state"),
        ("sentinel://a/state?sentinel_password=secret", "sentinel://a/state?sentinel_password=***"),
        ("redis://host?db=1&password=secret", "redis://host?db=1&password=***"),
        ("rediss://host?ssl_password=secret&db=1", "rediss://host?ssl_password=***&db=1"),
    ],
)
def test_passwords_are_hidden(url: str, shown: str):
    """A URL fit for logs, wherever the password is."""
    assert hide_password(url) == shown


class TestExamine:
    @pytest.fixture
    def own(self) -> Iterator[redis.Redis]:
        """A server of the test's own."""
        with server_on_socket(appendonly="yes", appendfsync="always") as url:
            client = connect(url)
            yield client
            client.close()

    def test_a_server_without_persistence(self, client: redis.Redis):
        """An embedded server keeps nothing."""
        report = examine(client, NOW_MS)
        assert (report.persistent, report.appendfsync) == (False, None)

    def test_an_append_only_file(self, own: redis.Redis):
        """It says how often the file is forced to disk."""
        report = examine(own, NOW_MS)
        assert (report.persistent, report.appendfsync) == (True, "always")

    def test_snapshots_alone(self, own: redis.Redis):
        """They are persistence too, if a poor one."""
        own.config_set("appendonly", "no")
        own.config_set("save", "900 1")
        report = examine(own, NOW_MS)
        assert (report.persistent, report.appendfsync) == (True, None)

    def test_a_server_that_refuses_config(self, own: redis.Redis):
        """Managed servers do; what INFO says has to do."""
        own.execute_command("ACL SETUSER app on >pw ~* +@all -config")
        own.connection_pool.connection_kwargs.update(username="app", password="pw")
        own.connection_pool.disconnect()
        report = examine(own, NOW_MS)
        assert report.persistent
        assert report.maxmemory_policy == "noeviction"

    def test_version_and_clock(self, client: redis.Redis):
        """The skew is the server's clock minus ours."""
        report = examine(client, NOW_MS)
        assert int(report.version.split(".")[0]) >= 7
        seconds, _ = client.time()
        assert abs(report.clock_skew_ms - (seconds * 1000 - NOW_MS)) < 60_000

    def test_a_server_that_is_not_there(self):
        """The message asks the two questions that help."""
        client = connect("redis://127.0.0.1:1", retries=0)
        with pytest.raises(StoreUnavailableError, match="Is it running"):
            examine(client, NOW_MS)
        client.close()

    def test_a_server_that_hangs(self):
        """It is as good as away."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            client = connect(f"redis://127.0.0.1:{port}?socket_timeout=0.05", retries=0)
            with pytest.raises(StoreUnavailableError, match="does not answer"):
                examine(client, NOW_MS)
            client.close()


class TestEviction:
    def test_a_server_that_evicts_is_refused(self):
        """The message names the policy and the remedy."""
        with server_on_socket(maxmemory_policy="allkeys-lru") as url:
            client = connect(url)
            with pytest.raises(UnsafeStoreError, match=r"allkeys-lru.*noeviction"):
                require_no_eviction(examine(client, NOW_MS))
            client.config_set("maxmemory-policy", "noeviction")
            require_no_eviction(examine(client, NOW_MS))
            client.close()

    def test_a_server_that_does_not_say_is_let_pass(self):
        """Some managed servers hide their policy."""
        require_no_eviction(ServerReport("7", "unknown", True, None, 0))
