"""A proxy before a stack, as an operator may have set it up."""

import contextlib
import socket
import subprocess

from .stack import end_with_parent, free_port
from .waiting import wait_until


@contextlib.contextmanager
def buffering_proxy(stack, directory):
    """An nginx before the stack that keeps answers until they are whole."""
    port = free_port()
    temporary = "".join(f"{name}_temp_path {directory}/t;" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (directory / "proxy.conf").write_text(
        f"daemon off; pid {directory}/pid; error_log stderr; events {{}}\nhttp {{ access_log off; {temporary}\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass {stack.url}; proxy_buffering on;"
        f" proxy_ignore_headers X-Accel-Buffering; }} }} }}\n"
    )
    running = subprocess.Popen(["/usr/sbin/nginx", "-p", directory, "-c", directory / "proxy.conf"], preexec_fn=end_with_parent)
    try:

        def answers():
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                return True

        wait_until(answers, "the proxy listens")
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait()
