"""Deliveries over TLS: certificates are verified against CHOREO_WEBHOOK_CA_FILE, and what fails is tried again."""

import socket
import threading

import pytest

from support.certificates import Authority, TlsReceiver
from support.receiver import is_signed
from support.stack import Stack
from support.webhooks import do, register, settled, wait_hook


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("trusted"), "trusted")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


@pytest.fixture(scope="module")
def stack(authority):
    retries = "0.2,0.3,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5"
    settings = {"CHOREO_WEBHOOK_CA_FILE": str(authority.file), "CHOREO_WEBHOOK_RETRY_SECS": retries}
    running = Stack(**settings, CHOREO_WEBHOOK_PROBE_SECS="1").start()
    yield running
    running.stop()


def test_a_certificate_of_the_given_authority_is_trusted(client, instance, authority):
    with TlsReceiver(authority.issue("good", "IP:127.0.0.1")) as receiver:
        hook = register(client, instance, receiver.url())
        client.insert(instance, "a")
        [delivery] = receiver.wait_count(1)
        assert is_signed(delivery, hook["secret"])
        settled(client, instance)


@pytest.mark.parametrize("name, alternative, days, trusted", [
    pytest.param("stranger", "IP:127.0.0.1", 2, False, id="another-authority"),
    pytest.param("elsewhere", "DNS:elsewhere.test", 2, True, id="another-name"),
    pytest.param("expired", "IP:127.0.0.1", -1, True, id="expired"),
])
def test_a_wrong_certificate_gets_nothing_until_it_is_right(
    client, instance, authority, stranger, name, alternative, days, trusted
):
    wrong = (authority if trusted else stranger).issue(name, alternative, days)
    with TlsReceiver(wrong) as receiver:
        hook = register(client, instance, receiver.url())
        client.insert(instance, "a")
        state = wait_hook(client, instance, receiver.url(), lambda state: state["consecutive_failures"] >= 2, "it is refused")
        assert "certificate" in state["last_error"].lower() and state["cursor"] == 1 and state["dead"] == 0, state
        assert do(client, instance, hook["id"], "test")["attempt"]["result"] == "failed"
        assert receiver.deliveries == [], "it was sent to somebody else"
        receiver.context = authority.issue(f"{name}-mended", "IP:127.0.0.1")
        receiver.wait_op_ids([1])
        settled(client, instance)
        assert receiver.op_ids() == [1]


def test_an_endpoint_that_speaks_no_tls_is_tried_again(client, instance):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def answer():
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                with connection:
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/hook"
        register(client, instance, url)
        client.insert(instance, "a")
        state = wait_hook(client, instance, url, lambda state: state["consecutive_failures"] >= 2, "it is tried again")
        assert state["retrying"] == 1 and state["dead"] == 0 and state["last_error"], state
        listener.shutdown(socket.SHUT_RDWR)
