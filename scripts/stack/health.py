"""Does the stack answer? Asked through nginx, as a client would."""

import http.client
import json

TIMEOUT_SECONDS = 2.0
# No instance can have this name: the streamer refuses it, which only the streamer can.
STREAM_PROBE = "/-/stream"


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        return response.status, response.read(65536)
    finally:
        connection.close()


def trouble(port):
    """None once the workers and the streamer answer, and all processes have told that they live; else a sentence."""
    try:
        status, body = get(port, "/health")
        if status != 200 or json.loads(body)["status"] != "ok":
            return f"GET /health answers {status}: {body.decode('utf-8', 'replace').strip()[:500]}"
        status, body = get(port, STREAM_PROBE)
        if status >= 500 or "error" not in json.loads(body):
            return f"GET {STREAM_PROBE} answers {status}"
    except (OSError, http.client.HTTPException, ValueError) as error:
        return f"nginx on port {port}: {error}"
    return None
