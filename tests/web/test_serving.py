"""``safemap up``: a port that is taken, a server that starts, answers and ends in order."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from safemap.errors import Conflict, InvalidInput
from safemap.settings import Settings
from safemap.web.serving import holder_of, listen


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_port_in_use_is_said_with_who_has_it_and_what_to_do() -> None:
    with listen("127.0.0.1", free_port()) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Conflict, match=f"Port {port} is already in use by process {os.getpid()} .*--port") as told:
            listen("127.0.0.1", port)
        assert told.value.values["free_port"] != port
    assert holder_of(port) == ""
    listen("127.0.0.1", port).close()


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_ours_is_said(host: str) -> None:
    with pytest.raises(InvalidInput, match="Nothing can listen on"):
        listen(host, free_port())


@pytest.mark.parametrize("workers", [1, 2])
def test_the_app_comes_up_answers_and_ends_when_told(settings: Settings, workers: int) -> None:
    port = free_port()
    environment = {
        **os.environ,
        "SAFEMAP_HOME": str(settings.home),
        "SAFEMAP_DATABASE_URL": settings.database_url,
        "SAFEMAP_PORT": str(port),
    }
    program = "import sys; from safemap.cli.app import main; sys.argv[0] = 'safemap'; main()"
    command = [sys.executable, "-c", program, "up", "--workers", str(workers)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            assert answer_of(f"http://127.0.0.1:{port}/readyz") == 200
            if workers == 1:
                again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
                assert again.returncode == 5
                assert f"Port {port} is already in use" in again.stderr
                assert "Traceback" not in again.stderr
        finally:
            server.send_signal(signal.SIGINT if workers == 1 else signal.SIGTERM)
            said, _ = server.communicate(timeout=30)
    assert server.returncode == 0, said
    assert f"http://localhost:{port}/" in said
    assert said.rstrip().endswith("safemap has stopped.")


def answer_of(address: str) -> int:
    until = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
